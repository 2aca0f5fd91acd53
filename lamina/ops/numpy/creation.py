"""Making tensors: filled, counted, gridded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op, to_native
from lamina.ops import matrices
from lamina.ops.core import convert_to_tensor
from lamina.ops.numpy.axes import vector

__all__ = [
    "arange", "array", "copy", "empty", "empty_like", "eye", "full", "full_like", "identity",
    "meshgrid", "ones", "ones_like", "vander", "zeros", "zeros_like",
]  # fmt: skip


def array(x: Any, dtype: Any = None) -> Any:
    """Return `x` as a tensor; the same as `convert_to_tensor`.

    Example:
        >>> array([1, 2], dtype="float32").tolist()
        [1.0, 2.0]
    """
    return convert_to_tensor(x, dtype)


@op
def copy(x: Tensor) -> Tensor:
    """Copy the values of `x` into new memory."""
    return engine().copy(x)


def full(shape: Sequence[int], fill_value: Any, dtype: Any = None) -> Any:
    """Return a tensor of `shape` with every element `fill_value`."""
    return engine().full(shape_of(shape), _filling(fill_value), dtypes.standardize(dtype))


def _filling(value: Any) -> Any:
    """Return a number as it is, and the native array of any other `value`, which broadcasts."""
    return value if isinstance(value, (bool, int, float)) else to_native(value)


def zeros(shape: Sequence[int], dtype: Any = None) -> Any:
    """Return a tensor of zeros, in `floatx` by default."""
    return engine().full(shape_of(shape), 0, dtypes.standardize(dtype))


def ones(shape: Sequence[int], dtype: Any = None) -> Any:
    """Return a tensor of ones, in `floatx` by default."""
    return engine().full(shape_of(shape), 1, dtypes.standardize(dtype))


def empty(shape: Sequence[int], dtype: Any = None) -> Any:
    """Return zeros, for values that do not matter: nothing then depends on chance."""
    return zeros(shape, dtype)


_INT = frozenset((int,))


def shape_of(shape: Any) -> tuple[int, ...]:
    """Return a shape as a tuple of ints; an int is the size of a single axis.

    Sizes that are tensors without a value yet (`ops.shape` or `tf.shape` within `tf.function`) stay.
    """
    e = engine()
    if isinstance(shape, (int, np.integer)):
        return (shape if isinstance(shape, int) else int(shape),)
    if isinstance(shape, e.array_types) and e.is_traced(shape):
        shape = [shape[i] for i in range(shape.shape[0])]
    try:
        if _INT.issuperset(map(type, shape)):
            return tuple(shape)
        # Ints of a kind of their own stay: in a graph of ONNX they know that they follow from the batch's size.
        return tuple([n if isinstance(n, int) else int(n) for n in shape])
    except TypeError:
        if not any(isinstance(n, e.array_types) and e.is_traced(n) for n in shape):
            raise
        return tuple(n if isinstance(n, e.array_types) else int(n) for n in shape)


@op
def full_like(x: Tensor, fill_value: Any, dtype: Any = None) -> Tensor:
    """Return `fill_value` in the shape of `x`, and in its dtype unless given."""
    e = engine()
    return e.full(
        e.sizes(x), _filling(fill_value), e.dtype(x) if dtype is None else dtypes.standardize(dtype)
    )


@op
def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Return zeros in the shape of `x`, and in its dtype unless given."""
    return full_like(x, 0, dtype)


@op
def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Return ones in the shape of `x`, and in its dtype unless given."""
    return full_like(x, 1, dtype)


@op
def empty_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Return zeros in the shape of `x`: values that do not matter, as of `empty`."""
    return full_like(x, 0, dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Return numbers from `start` (0 if only one is given) to before `stop`, `step` apart.

    Example:
        >>> arange(1, 7, 2).tolist()
        [1, 3, 5]
    """
    if stop is None:
        start, stop = 0, start
    bounds = (start, stop, 1 if step is None else step)
    if dtype is None:
        dtype = dtypes.result_type(
            *(
                dtypes.weak(x) if isinstance(x, (int, float)) else dtypes.standardize(x.dtype)
                for x in bounds
            )
        )
    first, end, apart = (x if isinstance(x, (int, float)) else x.item() for x in bounds)
    return engine().arange(first, end, apart, dtypes.standardize(dtype))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Return `N` rows and `M` columns (as many without) with ones on the k-th diagonal."""
    return matrices.eye(N, N if M is None else M, k, dtypes.standardize(dtype))


def identity(n: int, dtype: Any = None) -> Any:
    """Return the identity matrix of `n` rows."""
    return eye(n, dtype=dtype)


@op
def meshgrid(*x: Tensor, indexing: str = "xy") -> list[Any]:
    """Spread each 1-d tensor over the grid of all of them.

    Args:
        indexing: `"ij"`: the i-th tensor runs along axis i; `"xy"`: the first two are exchanged.

    Raises:
        ValueError: a tensor is not 1-d, or `indexing` is neither.

    Example:
        >>> [grid.tolist() for grid in meshgrid(np.arange(2), np.arange(3))]
        [[[0, 1], [0, 1], [0, 1]], [[0, 0], [1, 1], [2, 2]]]
    """
    e = engine()
    one_of("ops.meshgrid", "indexing", indexing, ("xy", "ij"))
    if wrong := [e.shape(part) for part in x if len(e.shape(part)) != 1]:
        raise ValueError(f"ops.meshgrid: every tensor must be 1-d; given: {wrong}.")
    order = list(range(len(x)))
    if indexing == "xy":
        order[:2] = order[:2][::-1]
    sizes = tuple(e.shape(x[i])[0] for i in order)
    grids = []
    for part, axis in zip(x, order, strict=True):
        along = tuple(n if i == axis else 1 for i, n in enumerate(sizes))
        grids.append(e.broadcast_to(e.reshape(part, along), sizes))
    return grids


@op
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Return Vandermonde's matrix: a row of `N` powers for each element of the 1-d `x`.

    Example:
        >>> vander(np.array([2, 3]), 3).tolist()
        [[4, 2, 1], [9, 3, 1]]
    """
    e = engine()
    count = vector("vander", "x", x)
    columns = count if N is None else N
    powers = (0, columns, 1) if increasing else (columns - 1, -1, -1)
    rows = e.reshape(x, (count, 1))
    return e.power(rows, e.arange(*powers, e.dtype(x)))
