"""Between Python, NumPy and the engine: conversion, shapes, casting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op, to_native
from lamina.core.sparse import Sparse, is_sparse, is_sparse_type
from lamina.core.symbolic import KerasTensor, refuse_ragged
from lamina.core.variable import Variable, numpy_dtype

__all__ = [
    "cast", "convert_to_numpy", "convert_to_tensor", "dtype", "is_tensor", "saturate_cast",
    "shape", "stop_gradient", "unstack",
]  # fmt: skip


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """Return `x` as a native array of the engine in force.

    Args:
        x: a NumPy array, number, nested list, Variable or native array.
        dtype: to cast to; without, arrays keep theirs, Python floats take `floatx`, ints int32.
        sparse: `True` gives a sparse tensor, `False` a dense one; by default what is sparse stays so.
    """
    refuse_ragged("ops.convert_to_tensor", ragged)
    if isinstance(x, KerasTensor):
        return x if dtype is None else cast(x, dtype)
    if sparse is not None or is_sparse_type(type(x)):
        if sparse is not False:
            x = Sparse.of(x)
            return x if dtype is None else cast(x, dtype)
        x = Sparse.of(x).dense() if is_sparse(x) else x
    x = to_native(x)
    return (
        x
        if dtype is None or engine().dtype(x) == dtypes.standardize(dtype)
        else engine().cast(x, dtypes.standardize(dtype))
    )


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return `x` (a native array, a Variable, anything array-like) as a NumPy array."""
    if isinstance(x, Variable):
        return x.numpy()
    if is_sparse_type(type(x)):
        return Sparse.of(x).numpy()
    return engine().to_numpy(x) if isinstance(x, engine().array_types) else np.asarray(x)


def is_tensor(x: Any) -> bool:
    """Say whether `x` is an array of the engine in force, or symbolic."""
    return isinstance(x, (KerasTensor, Sparse, *engine().array_types))


def shape(x: Any) -> tuple[Any, ...]:
    """Return the shape of `x`; unknown sizes of a symbolic tensor are `None`.

    In a graph of TensorFlow's own (`tf.function`, `tf.data.Dataset.map`) a size that is known only when the
    graph runs is a scalar tensor.
    """
    if isinstance(x, engine().array_types):
        return tuple(engine().sizes(x))
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def known_shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of `x` with `None` for each size that is not known, also in a graph of TensorFlow's own."""
    return tuple(engine().shape(x)) if isinstance(x, engine().array_types) else shape(x)


def shapes_agree(one: Sequence[int | None], other: Sequence[int | None]) -> bool:
    """Tell whether two shapes are equal as far as they are known."""
    return len(one) == len(other) and all(
        n == m or n is None or m is None for n, m in zip(one, other, strict=True)
    )


def dtype(x: Any) -> str:
    """Return the name of the dtype of `x`: a tensor, a Variable, or what a tensor can be made of.

    Example:
        >>> dtype(np.zeros(2, "float16")), dtype(1)
        ('float16', 'int32')
    """
    if isinstance(x, (KerasTensor, Variable, np.ndarray, np.generic)):
        return dtypes.standardize(x.dtype)
    if isinstance(x, Sparse):
        return engine().dtype(x.values)
    return engine().dtype(to_native(x))


@op
def cast(x: Tensor, dtype: Any) -> Tensor:
    """Return `x` with its elements in `dtype`."""
    e, dtype = engine(), dtypes.standardize(dtype)
    return x if e.dtype(x) == dtype else e.cast(x, dtype)


@op
def saturate_cast(x: Tensor, dtype: Any) -> Tensor:
    """Cast `x` to `dtype`; numbers out of its range become the nearest number of `dtype`.

    Example:
        >>> saturate_cast(np.array([-5.0, 3.7, 1000.0]), "uint8").tolist()
        [0, 3, 255]
    """
    e, dtype = engine(), dtypes.standardize(dtype)
    source = e.dtype(x)
    if source in ("bool", dtype) or dtypes.is_complex(dtype):
        return e.cast(x, dtype)
    (least, most), (low, high) = _limits(source), _limits(dtype)
    bounded = e.maximum(x, _within(max(least, low), source, np.ceil))
    top = _within(min(most, high), source, np.floor)
    result = e.cast(e.minimum(bounded, top), dtype)
    if dtypes.is_float(source) and not dtypes.is_float(dtype):
        # The largest integer may be no floating number, and NaN no integer.
        result = e.where(e.greater(x, top), e.full((), int(high), dtype), result)
        if dtype != "bool":
            result = e.where(e.isnan(x), e.full((), 0, dtype), result)
    return result


def _limits(dtype: str) -> tuple[Any, Any]:
    """Return the least and the largest finite number of `dtype`."""
    if dtype == "bool":
        return 0, 1
    info = ml_dtypes.finfo(dtype) if dtypes.is_float(dtype) else np.iinfo(dtype)
    number = float if dtypes.is_float(dtype) else int
    return number(info.min), number(info.max)


def _within(limit: Any, dtype: str, toward: Any) -> Any:
    """Return `limit`, or the next number toward zero that `dtype` has."""
    if not dtypes.is_float(dtype):
        return int(toward(limit))
    nearest = np.asarray(limit, numpy_dtype(dtype))
    if abs(float(nearest)) > abs(limit):
        nearest = np.nextafter(nearest, np.zeros((), nearest.dtype))
    return float(nearest)


@op
def stop_gradient(variable: Tensor) -> Tensor:
    """Return the same values, through which no gradient flows."""
    return engine().stop_gradient(variable)


@op
def unstack(x: Tensor, num: int | None = None, axis: int = 0) -> list[Any]:
    """Return the slices of `x` along `axis`, as a list.

    Args:
        num: how many to take, needed for a symbolic `x` whose size along `axis` is unknown.
    """
    e = engine()
    sizes = list(e.shape(x))
    axis %= len(sizes)
    count = sizes.pop(axis)
    native = e.overrides.get("cut")
    if native is None or num not in (None, count):
        return [e.getitem(x, (slice(None),) * axis + (i,)) for i in range(num or count)]
    return [e.reshape(part, tuple(sizes)) for part in native(x, [1] * count, axis)]
