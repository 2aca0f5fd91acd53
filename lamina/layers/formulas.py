"""Shapes by formula, for the layers of which deep networks have hundreds: evaluating each costs a millisecond.

`known_shapes.py` fills the table. A class derived from one of these is another class and is evaluated, as are
calls with masks, with further arguments, on sparse tensors, or on another dtype than the layer computes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.core.symbolic import KerasTensor
from lamina.engine.contract import Spec

Shape = tuple[int | None, ...]
formulas: dict[type, Callable[[Any, Shape], Shape | None]] = {}
"""By class: a function of the layer and its input's shape that gives the output's shape, or `None` where only
evaluation can tell."""
merging_formulas: dict[type, Callable[[Any, list[Shape]], Shape | None]] = {}
"""The same for layers that take a list of tensors."""


def known_spec(layer: Any, args: tuple, kwargs: dict, masks: Sequence[Any]) -> Spec | None:
    """Return the output of a symbolic call if a formula gives it, else `None`."""
    is_masked = any(mask is not None for mask in masks)
    if len(args) != 1 or not kwargs.keys() <= {"training"} or is_masked:
        return None
    is_list = isinstance(args[0], list)
    parts, dtype = args[0] if is_list else [args[0]], layer.compute_dtype
    if not all(isinstance(x, KerasTensor) and x.dtype == dtype and not x.sparse for x in parts):
        return None
    shapes = [tuple(x.shape) for x in parts]
    shape = None
    if is_list and (merging := merging_formulas.get(type(layer))):
        shape = merging(layer, shapes)
    elif not is_list and (formula := formulas.get(type(layer))):
        shape = formula(layer, shapes[0])
    return None if shape is None else Spec(shape, dtype)
