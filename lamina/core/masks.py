"""Which time steps of a tensor count: a mask travels beside the tensor it belongs to.

A table by identity says which tensors have one, and vanishes with them. The mask itself is an attribute
of its tensor where tensors take one (a table that held it would keep alive what the mask knows: on
TensorFlow its whole graph), else it lies in the table. This serves eager calls, traced steps and every
style of model alike.
"""

from __future__ import annotations

import weakref
from typing import Any

from lamina.engine.current import engine

_ATTACHED = object()
_masks: dict[int, tuple[weakref.ref, Any]] = {}


def get_mask(x: Any) -> Any:
    """The boolean mask that belongs to tensor `x`, or `None`."""
    if not _masks:
        return None
    found = _masks.get(id(x))
    if found is None or found[0]() is not x:
        return None
    return x._lamina_mask if found[1] is _ATTACHED else found[1]


def set_mask(x: Any, mask: Any) -> None:
    """Let `mask` (`None` takes it away) belong to tensor `x`."""
    key = id(x)
    if mask is None:
        _masks.pop(key, None)
        return

    def forget(reference: weakref.ref) -> None:
        if key in _masks and _masks[key][0] is reference:
            del _masks[key]

    _masks[key] = (weakref.ref(x, forget), _ATTACHED if _attach(x, mask) else mask)


def _attach(x: Any, mask: Any) -> bool:
    try:
        x._lamina_mask = mask
    except AttributeError:
        return False
    return True


def both_masks(mask: Any, other: Any) -> Any:
    """Combine two masks, either of which may be `None`: what both let through."""
    if mask is None or other is None:
        return other if mask is None else mask
    return engine().logical_and(mask, other)
