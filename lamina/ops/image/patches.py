"""Images in patches, and back again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.image.layout import by_batch
from lamina.ops.nn.patches import cut, how_many, windows_along
from lamina.ops.nn.windows import is_same, known_padding_of, per_axis

__all__ = ["extract_patches", "extract_patches_3d", "reconstruct_patches"]


def _extract(x: Any, name: str, size: Any, strides: Any, dilation: Any, padding: str) -> Any:
    """Cut `x (batch, *space, channels)` into patches `(batch, *grid, cells * channels)`."""
    e = engine()
    axes = len(e.shape(x)) - 2
    size = per_axis(size, axes, "size")
    strides = size if strides is None else per_axis(strides, axes, "strides")
    dilation = per_axis(dilation, axes, "dilation_rate")
    extent = [(w - 1) * d + 1 for w, d in zip(size, dilation, strict=True)]
    widths = known_padding_of(padding, e.shape(x)[1:-1], extent, strides)
    x = e.pad(x, [(0, 0), *widths, (0, 0)])
    batch, *space, channels = e.shape(x)
    grid = how_many(f"ops.image.{name}", space, size, strides, dilation)
    windows = [windows_along(*facts) for facts in zip(grid, size, strides, dilation, strict=True)]
    patches = cut(x, range(1, axes + 1), windows)
    grid_axes, cell_axes = range(1, 2 * axes, 2), range(2, 2 * axes + 1, 2)
    patches = e.transpose(patches, (0, *grid_axes, *cell_axes, 2 * axes + 1))
    return e.reshape(patches, (batch, *grid, math.prod(size) * channels))


@op
def extract_patches(
    images: Tensor,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Cut images into patches, each laid out in one axis: row by row, channels innermost.

    Shapes: images `(batch, height, width, channels)` or without batch; the result
    `(batch, rows, columns, size[0] * size[1] * channels)`. With three sizes, volumes.

    Args:
        strides: how far patches are apart; `None`: they lie side by side.
        dilation_rate: how far the cells of a patch are apart.
        padding: `"valid"`, or `"same"`: zeros around, so that the strides alone shrink the image.

    Raises:
        ValueError: an image is smaller than a patch, or has another number of axes.

    Example:
        >>> extract_patches(np.zeros((6, 9, 3), "float32"), (2, 3)).shape
        (3, 3, 18)
    """
    if not isinstance(size, int) and len(size) == 3:
        return extract_patches_3d(images, size, strides, dilation_rate, padding, data_format)

    def extract(x: Any) -> Any:
        return _extract(x, "extract_patches", size, strides, dilation_rate, padding)

    return by_batch("extract_patches", images, data_format, extract)


@op
def extract_patches_3d(
    volumes: Tensor,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Cut volumes into patches; like `extract_patches`, with depth before height and width.

    Shapes: volumes `(batch, depth, height, width, channels)` or without batch; the result
    `(batch, *grid, size[0] * size[1] * size[2] * channels)`.

    Raises:
        ValueError: a volume is smaller than a patch, or has another number of axes.

    Example:
        >>> extract_patches_3d(np.zeros((2, 4, 4, 6, 1), "float32"), 2).shape
        (2, 2, 2, 3, 8)
    """

    def extract(x: Any) -> Any:
        return _extract(x, "extract_patches_3d", size, strides, dilation_rate, padding)

    return by_batch("extract_patches_3d", volumes, data_format, extract, axes=3)


@op
def reconstruct_patches(
    patches: Tensor,
    size: int | Sequence[int],
    output_size: Sequence[int] | None,
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Put images (or volumes, with three sizes) together from patches that lie side by side.

    The inverse of `extract_patches` with its `strides` left out.

    Shapes: patches `(batch, *grid, cells * channels)` or without batch; the result
    `(batch, *output_size, channels)`.

    Args:
        output_size: space of the result. `None` with `padding="valid"`: what the patches cover.
        strides: as much as `size`, or `None`.
        padding: as the patches were taken; what `"same"` put around is cut off again.

    Raises:
        ValueError: patches overlap or leave gaps, or do not fit `output_size`.

    Example:
        >>> image = np.arange(24, dtype="float32").reshape(4, 6, 1)
        >>> again = reconstruct_patches(extract_patches(image, 2), 2, (4, 6))
        >>> bool((np.asarray(again) == image).all())
        True
    """
    axes = 2 if isinstance(size, int) else len(size)

    def reconstruct(x: Any) -> Any:
        return _reconstruct(x, per_axis(size, axes, "size"), output_size, strides, padding)

    return by_batch("reconstruct_patches", patches, data_format, reconstruct, axes)


def _reconstruct(x: Any, size: tuple, output_size: Any, strides: Any, padding: str) -> Any:
    e = engine()
    axes = len(size)
    batch, *grid, cells = e.shape(x)
    if strides is not None and per_axis(strides, axes, "strides") != size:
        raise ValueError(
            f"ops.image.reconstruct_patches: `strides` must equal `size` {size}, not {strides!r}: only "
            "patches side by side say one image. ops.fold adds overlapping ones up."
        )
    covered = [n * w for n, w in zip(grid, size, strict=True)]
    if output_size is None and not is_same(padding):
        output_size = covered
    if output_size is None or len(output_size) != axes:
        raise ValueError(
            f"ops.image.reconstruct_patches: `output_size` must be {axes} integers with padding={padding!r}, "
            f"not {output_size!r}."
        )
    widths = known_padding_of(padding, output_size, size, size)
    padded = [n + a + b for n, (a, b) in zip(output_size, widths, strict=True)]
    if padded != covered or cells % math.prod(size):
        raise ValueError(
            f"ops.image.reconstruct_patches: patches of shape {tuple(e.shape(x))} and size {size} cover "
            f"{tuple(covered)}, but `output_size` {tuple(output_size)} with padding={padding!r} is "
            f"{tuple(padded)}; and the last axis must be a multiple of {math.prod(size)}."
        )
    x = e.reshape(x, (batch, *grid, *size, cells // math.prod(size)))
    pairs = [i for axis in range(1, axes + 1) for i in (axis, axis + axes)]
    x = e.transpose(x, (0, *pairs, 2 * axes + 1))
    x = e.reshape(x, (batch, *covered, cells // math.prod(size)))
    inner = tuple(slice(a, n - b) for n, (a, b) in zip(covered, widths, strict=True))
    return e.getitem(x, (slice(None), *inner))
