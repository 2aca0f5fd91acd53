"""Symbolic stand-ins for data."""

from __future__ import annotations

from typing import Any

from lamina.core import tree
from lamina.core.symbolic import KerasTensor


def as_symbolic(data: Any) -> Any:
    """KerasTensors for arrays, the batch axis unknown."""

    def stand_in(leaf: Any) -> Any:
        if leaf is None:
            return None
        return KerasTensor((None, *leaf.shape[1:]), leaf.dtype.name)

    return tree.map_structure(stand_in, data)
