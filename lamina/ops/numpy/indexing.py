"""Choosing elements."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core import graph
from lamina.core.op import Tensor, engine, op, to_native
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.contract import Spec
from lamina.ops.numpy.axes import flattened
from lamina.ops.numpy.creation import shape_of
from lamina.ops.numpy.logic import boolean
from lamina.ops.numpy.operands import together

__all__ = ["get_item", "select", "take", "take_along_axis", "unravel_index"]


def _indexed(x: KerasTensor, key: Any) -> Any:
    """Infer `x[key]`: a cut through an axis of unknown size has an unknown size."""
    keys = list(key) if isinstance(key, tuple) else [key]
    if not all(isinstance(k, (int, slice)) or k is None or k is Ellipsis for k in keys):
        return graph.infer(get_item.reference, (x, key), {})
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (x.ndim - builtins.sum(k is not None for k in keys) + 1)
    for k, size in zip([k for k in keys if k is not None], x.shape, strict=False):
        if isinstance(k, int) and size is not None and not -size <= k < size:
            raise IndexError(
                f"x[{key}]: the index {k} is out of range for an axis of size {size}; x is {x!r}."
            )
    spec = graph.infer(get_item.reference, (x, key), {})
    sizes, axis, sizes_left = [], 0, list(spec.shape)
    for k in keys:
        if k is None:
            sizes.append(sizes_left.pop(0))
            continue
        if isinstance(k, slice):
            size = sizes_left.pop(0)
            sizes.append(None if x.shape[axis] is None else size)
        axis += 1
    return Spec((*sizes, *sizes_left), spec.dtype)


@op(shape=_indexed)
def get_item(x: Tensor, key: Any) -> Tensor:
    """Return `x[key]` with integers, slices, `None`, `...` or integer tensors."""
    keys = key if isinstance(key, tuple) else (key,)
    keys = tuple(to_native(k) if isinstance(k, (Variable, np.ndarray, list)) else k for k in keys)
    return engine().getitem(x, keys if isinstance(key, tuple) else keys[0])


@op
def take(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """Take slices of `x` at `indices` along `axis` (of the flattened `x` without); -1 is the last."""
    x, axis = flattened(x, axis)
    return engine().take(x, _counted_from_the_start(indices, engine().sizes(x)[axis]), axis)


@op
def take_along_axis(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """Take elements of `x` at `indices` along `axis`, position by position; -1 is the last.

    Shapes: as `x`, but for `axis`; sizes of 1 broadcast. Without `axis`, of the flattened `x`.
    """
    e = engine()
    x, axis = flattened(x, axis)
    return e.take_along_axis(x, _counted_from_the_start(indices, e.sizes(x)[axis]), axis)


def _counted_from_the_start(indices: Any, size: Any) -> Any:
    e = engine()
    if e.dtype(indices).startswith("u"):
        return indices
    if e.dtype(indices) not in ("int32", "int64"):  # a size may not fit into fewer bits
        indices = e.cast(indices, "int32")
    if isinstance(size, e.array_types):  # it is not known yet
        size = e.cast(size, e.dtype(indices))
    return e.where(e.less(indices, 0), e.add(indices, size), indices)


@op
def select(condlist: Sequence[Tensor], choicelist: Sequence[Tensor], default: Any = 0) -> Tensor:
    """Choose at each place what belongs to the first condition that is true there.

    Args:
        condlist: conditions; numbers count as true unless 0.
        choicelist: as many tensors; all broadcast, with the conditions, to one shape.
        default: what is chosen where no condition is true.

    Raises:
        ValueError: the lists are empty or differ in length.

    Example:
        >>> x = np.arange(4)
        >>> select([x < 1, x > 2], [x - 10, x * 10], default=7).tolist()
        [-10, 7, 7, 30]
    """
    if not isinstance(condlist, (list, tuple)) or not isinstance(choicelist, (list, tuple)):
        raise ValueError("ops.select: `condlist` and `choicelist` must be lists of tensors.")
    if not condlist or len(condlist) != len(choicelist):
        raise ValueError(
            "ops.select: as many choices as conditions are needed, at least one; given: "
            f"{len(condlist)} conditions and {len(choicelist)} choices."
        )
    *choices, chosen = together([*choicelist, default])
    for condition, choice in reversed(list(zip(condlist, choices, strict=True))):
        chosen = engine().where(boolean(condition), choice, chosen)
    return chosen


@op
def unravel_index(indices: Tensor, shape: Any) -> tuple[Any, ...]:
    """Turn places in the flattened tensor of `shape` into places along each axis.

    Negative ones count from the end; those beyond an end stand for the element there.

    Raises:
        ValueError: a size is negative.

    Example:
        >>> [int(place) for place in unravel_index(5, (2, 3))]
        [1, 2]
    """
    e = engine()
    sizes = shape_of(shape)
    if builtins.min(sizes, default=0) < 0:
        raise ValueError(f"ops.unravel_index: sizes cannot be negative; given: {sizes}.")
    dtype, total = e.dtype(indices), math.prod(sizes)
    wide = indices if dtype == "int64" else e.cast(indices, "int32")
    wide = e.where(e.less(wide, 0), e.add(wide, total), wide)
    wide = e.minimum(e.maximum(wide, 0), total - 1)
    places = []
    for size in reversed(sizes):
        places.append(e.cast(e.remainder(wide, size), dtype))
        wide = e.floor_divide(wide, size)
    return tuple(places[::-1])
