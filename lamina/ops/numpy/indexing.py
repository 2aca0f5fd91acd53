"""Choosing elements."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from lamina.core import dtypes, graph
from lamina.core.op import Tensor, op, to_native
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.contract import Spec
from lamina.engine.current import engine

__all__ = ["getitem", "take", "take_along_axis"]


def _indexed(x: KerasTensor, key: Any) -> Any:
    """The rule for `x[key]`: a cut through an axis of unknown size has an unknown size."""
    keys = list(key) if isinstance(key, tuple) else [key]
    spec = graph.infer(getitem.reference, (x, key), {})
    if not all(isinstance(k, (int, slice)) or k is None or k is Ellipsis for k in keys):
        return spec
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (x.ndim - builtins.sum(k is not None for k in keys) + 1)
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
def getitem(x: Tensor, key: Any) -> Tensor:
    """`x[key]` with integers, slices, `None`, `...` or integer tensors."""
    keys = key if isinstance(key, tuple) else (key,)
    keys = tuple(to_native(k) if isinstance(k, (Variable, np.ndarray, list)) else k for k in keys)
    return engine().getitem(x, keys if isinstance(key, tuple) else keys[0])


@op
def take(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """Slices of `x` at `indices` along `axis` (of the flattened `x` without); -1 is the last."""
    e = engine()
    if axis is None:
        x, axis = e.reshape(x, (-1,)), 0
    if e.dtype(indices) not in dtypes.INTS:
        indices = e.cast(indices, "int32")
    if not e.dtype(indices).startswith("u"):
        indices = e.where(e.less(indices, 0), e.add(indices, e.shape(x)[axis]), indices)
    return e.take(x, indices, axis)


@op
def take_along_axis(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """Elements of `x` at `indices` along `axis`, position by position."""
    e = engine()
    return (
        e.take_along_axis(e.reshape(x, (-1,)), indices, 0)
        if axis is None
        else e.take_along_axis(x, indices, axis)
    )
