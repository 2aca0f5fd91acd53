"""Between Python, NumPy and the engine: conversion, shapes, casting."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.op import Tensor, op, to_native
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.current import engine

__all__ = [
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "is_tensor",
    "shape",
    "stop_gradient",
    "unstack",
]


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """`x` as a native array of the engine in force.

    Args:
        x: a NumPy array, number, nested list, Variable or native array.
        dtype: to cast to; without, arrays keep theirs, Python floats take `floatx`, ints int32.
    """
    if sparse or ragged:
        raise NotImplementedError("lamina has no sparse or ragged tensors.")
    if isinstance(x, KerasTensor):
        return x if dtype is None else cast(x, dtype)
    e = engine()
    x = to_native(x)
    return (
        x
        if dtype is None or e.dtype(x) == dtypes.standardize(dtype)
        else e.cast(x, dtypes.standardize(dtype))
    )


def convert_to_numpy(x: Any) -> np.ndarray:
    """`x`, a native array, a Variable or anything like an array, as a NumPy array."""
    if isinstance(x, Variable):
        return x.numpy()
    e = engine()
    return e.to_numpy(x) if isinstance(x, e.array_types) else np.asarray(x)


def is_tensor(x: Any) -> bool:
    """Whether `x` is an array of the engine in force, or symbolic."""
    return isinstance(x, (KerasTensor, *engine().array_types))


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape of `x`; unknown sizes of a symbolic tensor are `None`."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


@op
def cast(x: Tensor, dtype: Any) -> Tensor:
    """`x` with its elements in `dtype`."""
    e, dtype = engine(), dtypes.standardize(dtype)
    return x if e.dtype(x) == dtype else e.cast(x, dtype)


@op
def stop_gradient(variable: Tensor) -> Tensor:
    """The same values, through which no gradient flows."""
    return engine().stop_gradient(variable)


@op
def unstack(x: Tensor, num: int | None = None, axis: int = 0) -> list[Any]:
    """The slices of `x` along `axis`, as a list."""
    e = engine()
    axis %= len(e.shape(x))
    return [e.getitem(x, (slice(None),) * axis + (i,)) for i in range(num or e.shape(x)[axis])]
