"""Which time steps of a tensor count: a mask travels beside the tensor it belongs to.

Engines' arrays have no place for it, so it lies in a table by identity, and vanishes with its
tensor. This serves eager calls, traced steps and every style of model alike.
"""

from __future__ import annotations

import weakref
from typing import Any

_masks: dict[int, tuple[weakref.ref, Any]] = {}


def get_mask(x: Any) -> Any:
    """The boolean mask that belongs to tensor `x`, or `None`."""
    if not _masks:
        return None
    found = _masks.get(id(x))
    return found[1] if found is not None and found[0]() is x else None


def set_mask(x: Any, mask: Any) -> None:
    """Let `mask` (`None` takes it away) belong to tensor `x`."""
    key = id(x)
    if mask is None:
        _masks.pop(key, None)
        return

    def forget(reference: weakref.ref) -> None:
        if key in _masks and _masks[key][0] is reference:
            del _masks[key]

    _masks[key] = (weakref.ref(x, forget), mask)
