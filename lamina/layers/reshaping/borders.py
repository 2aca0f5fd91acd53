"""What cropping and padding layers share: how much goes before and after each axis of space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.layers.windows import per_axis

Borders = tuple[tuple[int, int], ...]


def borders(layer: str, argument: str, value: Any, rank: int) -> Borders:
    """`value` as a pair for each of `rank` axes: before and after.

    An integer stands for all; of several axes each may have an integer or a pair; one axis has a pair.

    Raises:
        ValueError: it is none of these, or a number is negative.
    """
    if rank == 1:
        before, after = per_axis(layer, argument, value, 2, least=0)
        return ((before, after),)
    each = value if isinstance(value, (list, tuple)) else (value,) * rank
    if len(each) != rank:
        raise ValueError(
            f"{layer}: `{argument}` must be an integer, or {rank} of them or of pairs, not {value!r}."
        )
    pairs = [per_axis(layer, argument, part, 2, least=0) for part in each]
    return tuple((before, after) for before, after in pairs)


def on_space(rank: int, axes: Sequence[int], given: Any, otherwise: Any) -> list[Any]:
    """One entry for each of the `rank + 2` axes: those of `given` on `axes`, else `otherwise`."""
    found = [otherwise] * (rank + 2)
    for axis, entry in zip(axes, given, strict=True):
        found[axis] = entry
    return found
