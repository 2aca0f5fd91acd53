"""What cropping and padding layers share: how much goes before and after each axis of space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core.argument_kinds import kinds
from lamina.layers import windows
from lamina.layers.over_space import OverSpace

Borders = tuple[tuple[int, int], ...]


def borders(layer: Any, argument: str, value: Any) -> Any:
    """Take in a pair (before, after) for each axis of space; of one axis the pair alone.

    An integer stands for all; of several axes each may have an integer or a pair.

    Raises:
        ValueError: it is none of these, or a number is negative.
    """
    rank = layer.rank
    if rank == 1:
        return windows.sizes(layer, argument, value, 2, least=0)
    each = value if isinstance(value, (list, tuple)) else (value,) * rank
    if len(each) != rank:
        raise ValueError(
            f"{type(layer).__name__}: `{argument}` must be an integer, or {rank} of them or of pairs, "
            f"not {value!r}."
        )
    return tuple(windows.sizes(layer, argument, part, 2, least=0) for part in each)


Margins = Any
kinds.update(Margins=borders)


class OverBorders(OverSpace):
    """Abstract: something happens at the borders of space."""

    def pairs(self, amounts: Any) -> Borders:
        """Return a pair for each axis of space, also where there is one only."""
        return (amounts,) if self.rank == 1 else amounts

    def on_space(self, entries: Sequence[Any], otherwise: Any) -> list[Any]:
        """Return one entry for each axis of the input: `entries` on space, else `otherwise`."""
        on_axis = dict(zip(windows.space_axes(self), entries, strict=True))
        return [on_axis.get(axis, otherwise) for axis in range(self.rank + 2)]
