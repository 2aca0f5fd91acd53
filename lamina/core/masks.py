"""Which time steps of a tensor count: a mask travels beside the tensor it belongs to.

A table by identity says which tensors have one, and vanishes with them. The mask itself is an attribute
of its tensor where tensors take one (a table that held it would keep alive what the mask knows: on
TensorFlow its whole graph), else it lies in the table. This serves eager calls, traced steps and every
style of model alike.
"""

from __future__ import annotations

import weakref
from typing import Any

from lamina.core import tree
from lamina.engine.current import engine

_ATTACHED = object()
# By identity of a tensor: the tensor, and its mask or `_ATTACHED`. Empty where nothing is masked.
table: dict[int, tuple[weakref.ref, Any]] = {}


def get_mask(x: Any) -> Any:
    """The boolean mask that belongs to tensor `x`, or `None`."""
    if not table:
        return None
    found = table.get(id(x))
    if found is None or found[0]() is not x:
        return None
    return x.lamina_mask if found[1] is _ATTACHED else found[1]


def masks_of(structure: Any) -> Any:
    """Return the masks of the tensors in a tree, as a tree; `None` if no tensor has one."""
    masks = tree.map_structure(get_mask, structure)
    return masks if any(mask is not None for mask in tree.flatten(masks)) else None


def set_mask(x: Any, mask: Any) -> None:
    """Let `mask` (`None` takes it away) belong to tensor `x`."""
    key = id(x)
    if mask is None:
        table.pop(key, None)
        return

    def forget(reference: weakref.ref) -> None:
        if key in table and table[key][0] is reference:
            del table[key]

    table[key] = (weakref.ref(x, forget), _ATTACHED if _attach(x, mask) else mask)


def _attach(x: Any, mask: Any) -> bool:
    try:
        x.lamina_mask = mask
    except AttributeError:
        return False
    return True


def both_masks(mask: Any, other: Any) -> Any:
    """Combine two masks, either of which may be `None`: what both let through."""
    if mask is None or other is None:
        return other if mask is None else mask
    return engine().logical_and(mask, other)
