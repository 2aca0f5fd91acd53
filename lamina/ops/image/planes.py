"""Projective maps of the plane: three rows of three entries, each a number or an array; x comes before y."""

from __future__ import annotations

from typing import Any

Plane = list[list[Any]]


def product(one: Plane, other: Plane) -> Plane:
    """Return the map that applies `other` first, then `one`."""
    return [[sum(times(row[k], other[k][j]) for k in range(3)) for j in range(3)] for row in one]


def times(x: Any, y: Any) -> Any:
    """Return the product; 0 times anything is the number 0."""
    if any(isinstance(v, (int, float)) and v == 0 for v in (x, y)):
        return 0.0
    return x * y


def inverse(plane: Plane) -> Plane:
    """Return the map back, up to a factor, which does not change a projective map."""

    def minor(i: int, j: int) -> Any:
        a, b, c, d = (plane[(j + s) % 3][(i + t) % 3] for s in (1, 2) for t in (1, 2))
        return times(a, d) - times(b, c)

    return [[minor(i, j) for j in range(3)] for i in range(3)]


def square_to(corners: list[tuple[Any, Any]]) -> Plane:
    """Return the map of the unit square to four points, each x before y, row by row.

    Source: Heckbert 1989, "Fundamentals of texture mapping and image warping", section 2.2.3.
    """
    (x, y) = ([corner[axis] for corner in corners] for axis in (0, 1))
    bends, rights, downs = (
        [p[0] + p[3] - p[1] - p[2] for p in (x, y)],
        [p[1] - p[3] for p in (x, y)],
        [p[2] - p[3] for p in (x, y)],
    )
    area = rights[0] * downs[1] - downs[0] * rights[1]
    g = (bends[0] * downs[1] - downs[0] * bends[1]) / area
    h = (rights[0] * bends[1] - bends[0] * rights[1]) / area
    rows = [[p[1] - p[0] + g * p[1], p[2] - p[0] + h * p[2], p[0]] for p in (x, y)]
    return [*rows, [g, h, 1.0]]
