"""Projective maps of the plane: three rows of three entries, each a number or an array `(batch,)`.

A map leads from a pixel of the result to where it lies in the image, x before y.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.ops.image.planes import (
    Plane as Plane,
    inverse as inverse,
    product as product,
    square_to as square_to,
    times,
)


def about(middle: tuple[Any, Any], rows: list[list[Any]]) -> Plane:
    """Return the linear map with these two rows of two about the point `middle`, as x and y."""
    x, y = middle
    return [
        [*row, start - (times(row[0], x) + times(row[1], y))]
        for row, start in zip(rows, middle, strict=True)
    ] + [[0.0, 0.0, 1.0]]


def middle_of(size: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return the middle of an image of `(height, width)`, as x and y of pixels."""
    height, width = (ops.cast(n, "float32") for n in size)
    return (width - 1) / 2, (height - 1) / 2


def packed(plane: Plane) -> Any:
    """Return the nine entries as one array `(batch or 1, 9)`."""
    entries = [ops.reshape(ops.cast(v, "float32"), (-1,)) for row in plane for v in row]
    longest = sum(entries[1:], entries[0]) * 0.0
    return ops.stack([v + longest for v in entries], axis=-1)
