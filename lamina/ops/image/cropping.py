"""Cutting borders off, and adding them."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.image.layout import by_batch

__all__ = ["crop_images", "pad_images"]


def _two_of(name: str, what: str, amounts: dict[str, int | None], total: int, sign: int) -> tuple:
    """Return how much goes before and after, from two of: before, after, the final size."""
    if sum(value is not None for value in amounts.values()) != 2:
        raise ValueError(
            f"ops.image.{name}: give exactly two of {', '.join(amounts)}, not "
            f"{', '.join(f'{key}={value}' for key, value in amounts.items())}."
        )
    before, after, target = amounts.values()
    change = 0 if target is None else sign * (target - total)
    if before is None:
        before = change - (after or 0)
    if after is None:
        after = change - before
    if before < 0 or after < 0 or (sign < 0 and before + after >= total):
        raise ValueError(
            f"ops.image.{name}: of {total} along {what}, {before} before and {after} after cannot be "
            f"{'padded' if sign > 0 else 'cropped'}."
        )
    return before, after


def _borders(name: str, kind: str, x: Any, amounts: dict, sign: int) -> list[tuple[int, int]]:
    sides = {"height": ("top", "bottom"), "width": ("left", "right")}
    return [
        _two_of(
            name,
            what,
            {**{f"{side}_{kind}": amounts[side] for side in pair}, f"target_{what}": amounts[what]},
            total,
            sign,
        )
        for (what, pair), total in zip(sides.items(), engine().shape(x)[1:3], strict=True)
    ]


@op
def crop_images(
    images: Tensor,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Cut rows and columns off the borders of images.

    Of top, bottom and target height exactly two are given; so of left, right and target width.

    Shapes: images `(batch, height, width, channels)` or without batch.

    Raises:
        ValueError: more or fewer are given, or more is cropped than there is.

    Example:
        >>> crop_images(np.zeros((5, 6, 1)), 1, 2, target_height=3, target_width=2).shape
        (3, 2, 1)
    """
    amounts = {"top": top_cropping, "left": left_cropping, "bottom": bottom_cropping}
    amounts |= {"right": right_cropping, "height": target_height, "width": target_width}

    def crop(x: Any) -> Any:
        rows, columns = _borders("crop_images", "cropping", x, amounts, -1)
        _, height, width, _ = engine().shape(x)
        inner = slice(rows[0], height - rows[1]), slice(columns[0], width - columns[1])
        return engine().getitem(x, (slice(None), *inner))

    return by_batch("crop_images", images, data_format, crop)


@op
def pad_images(
    images: Tensor,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Add rows and columns of zeros at the borders of images.

    Of top, bottom and target height exactly two are given; so of left, right and target width.

    Shapes: images `(batch, height, width, channels)` or without batch.

    Raises:
        ValueError: more or fewer are given, or the target is smaller than the image.

    Example:
        >>> pad_images(np.zeros((5, 6, 1)), 1, 2, 0, 0).shape
        (6, 8, 1)
    """
    amounts = {"top": top_padding, "left": left_padding, "bottom": bottom_padding}
    amounts |= {"right": right_padding, "height": target_height, "width": target_width}

    def pad(x: Any) -> Any:
        borders = _borders("pad_images", "padding", x, amounts, 1)
        return engine().pad(x, [(0, 0), *borders, (0, 0)])

    return by_batch("pad_images", images, data_format, pad)
