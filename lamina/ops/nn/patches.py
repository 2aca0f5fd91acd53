"""Sliding windows as rows of numbers, and back again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.op import Tensor, engine, op
from lamina.ops.nn.windows import per_axis

__all__ = ["fold", "unfold"]


def windows_along(count: int, size: int, stride: int, dilation: int) -> np.ndarray:
    """Return the cells of each window along one axis, `(windows, size)`."""
    return np.arange(count)[:, None] * stride + np.arange(size) * dilation


def how_many(name: str, space: Sequence[int], size: Any, strides: Any, dilation: Any) -> list[int]:
    """Count the windows that fit along each axis.

    Raises:
        ValueError: not even one does.
    """
    extent = [(w - 1) * d + 1 for w, d in zip(size, dilation, strict=True)]
    if any(n < w for n, w in zip(space, extent, strict=True)):
        raise ValueError(
            f"{name}: the window {tuple(extent)} is larger than the space {tuple(space)}; pad it, or use a "
            "smaller window."
        )
    return [(n - w) // s + 1 for n, w, s in zip(space, extent, strides, strict=True)]


def cut(x: Any, axes: Sequence[int], windows: Sequence[np.ndarray]) -> Any:
    """Replace each of `axes` of `x` by two: the window, and the place in it.

    The axes must be ascending.
    """
    e = engine()
    for shift, (axis, cells) in enumerate(zip(axes, windows, strict=True)):
        x = e.take(x, e.asarray(cells.astype("int32")), axis + shift)
    return x


def put(x: Any, axes: Sequence[int], windows: Sequence[np.ndarray], sizes: Sequence[int]) -> Any:
    """Add up what `cut` took apart, where windows overlap: its transpose."""
    e = engine()
    for axis, cells, size in zip(axes, windows, sizes, strict=True):
        shape = e.shape(x)
        rest = (*shape[:axis], *shape[axis + 2 :])
        order = (axis, axis + 1, *(i for i in range(len(shape)) if i not in (axis, axis + 1)))
        updates = e.reshape(e.transpose(x, order), (cells.size, *rest))
        index = e.asarray(cells.reshape(-1, 1).astype("int32"))
        summed = e.scatter_add(e.full((size, *rest), 0, e.dtype(x)), index, updates)
        n = len(rest) + 1
        x = e.transpose(summed, (*range(1, axis + 1), 0, *range(axis + 1, n)))
    return x


def _sizes(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> list[tuple[int, ...]]:
    values = {
        "kernel_size": kernel_size,
        "dilation": dilation,
        "padding": padding,
        "stride": stride,
    }
    return [per_axis(value, 2, what) for what, value in values.items()]


@op
def unfold(
    x: Tensor,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Return the windows of images as columns.

    Shapes: x `(batch, channels, height, width)`; the result
    `(batch, channels * window's cells, windows)`.

    Args:
        padding: how many zeros go before and after height and width.

    Raises:
        ValueError: the window is larger than the image.

    Example:
        >>> unfold(np.arange(4.0, dtype="float32").reshape(1, 1, 2, 2), (1, 2)).tolist()
        [[[0.0, 2.0], [1.0, 3.0]]]
    """
    e = engine()
    size, dilation, padding, stride = _sizes(kernel_size, dilation, padding, stride)
    x = e.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    batch, channels, *space = e.shape(x)
    counts = how_many("ops.unfold", space, size, stride, dilation)
    windows = [windows_along(*facts) for facts in zip(counts, size, stride, dilation, strict=True)]
    columns = e.transpose(cut(x, (2, 3), windows), (0, 1, 3, 5, 2, 4))
    return e.reshape(columns, (batch, channels * math.prod(size), math.prod(counts)))


@op
def fold(
    x: Tensor,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Put images together from the columns of `unfold`, and add up where windows overlap.

    Shapes: x `(batch, channels * window's cells, windows)`; the result
    `(batch, channels, *output_size)`.

    Raises:
        ValueError: the columns are not those of such windows.

    Example:
        >>> fold(np.array([[[0.0, 2.0], [1.0, 3.0]]], "float32"), 2, (1, 2)).tolist()
        [[[[0.0, 1.0], [2.0, 3.0]]]]
    """
    e = engine()
    size, dilation, padding, stride = _sizes(kernel_size, dilation, padding, stride)
    output = per_axis(output_size, 2, "output_size")
    space = [n + 2 * p for n, p in zip(output, padding, strict=True)]
    counts = how_many("ops.fold", space, size, stride, dilation)
    batch, cells, columns = e.shape(x)
    if cells % math.prod(size) or columns != math.prod(counts):
        raise ValueError(
            f"ops.fold: windows of {size} over {tuple(output)} make columns of shape (batch, channels * "
            f"{math.prod(size)}, {math.prod(counts)}), not {tuple(e.shape(x))}."
        )
    windows = [windows_along(*facts) for facts in zip(counts, size, stride, dilation, strict=True)]
    x = e.reshape(x, (batch, cells // math.prod(size), *size, *counts))
    images = put(e.transpose(x, (0, 1, 4, 2, 5, 3)), (2, 3), windows, space)
    inner = tuple(slice(p, n - p) for p, n in zip(padding, space, strict=True))
    return e.getitem(images, (slice(None), slice(None), *inner))
