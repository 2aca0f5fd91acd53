"""What ops do with sparse tensors: the rules of `core.sparse.RULES`, each upon other ops.

Each gives what the dense computation gives, as far as numbers are finite. What has no rule, or leaves an argument
out, is computed on dense tensors.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op, to_native
from lamina.core.sparse import RULES, Sparse
from lamina.ops.core import cast, stop_gradient
from lamina.ops.nn import activation, piecewise
from lamina.ops.numpy import (
    arithmetic,
    exponential,
    indexing,
    joining,
    padding,
    reduce,
    rounding,
    structure,
    trigonometry,
)

__all__: list[str] = []


def _rule(fn: Callable) -> Callable:
    RULES[fn.__name__.strip("_")] = fn
    return fn


@_rule
def dense(x: Sparse) -> Any:
    """Add the values up in rows of zeros."""
    e = engine()
    lead = tuple(e.shape(x.values))[:-1]
    most, rows = e.shape(x.values)[-1], functools.reduce(lambda n, m: n * m, lead, 1)
    first = e.reshape(e.arange(0, rows, 1, "int32"), (-1, 1))
    at = e.add(e.reshape(x.columns, (rows, most)), e.multiply(first, x.size))
    zeros = e.full((rows * x.size,), 0, e.dtype(x.values))
    flat = e.scatter_add(zeros, e.reshape(at, (rows * most, 1)), e.reshape(x.values, (-1,)))
    return e.reshape(flat, (*lead, x.size))


# Functions of one number that give 0 for 0; for the first, sums of numbers do not have to be made first.
_ADDITIVE = (arithmetic.negative, stop_gradient)
_OF_ZERO = (
    *(arithmetic.absolute, arithmetic.abs, arithmetic.sign, arithmetic.square, exponential.sqrt),
    *(exponential.expm1, exponential.log1p, rounding.floor, rounding.ceil, rounding.round),
    *(rounding.trunc, trigonometry.sin, trigonometry.tan, trigonometry.sinh, trigonometry.tanh),
    *(piecewise.relu, piecewise.relu6, piecewise.leaky_relu, activation.elu, activation.celu),
    *(activation.selu, activation.silu, activation.gelu, cast),
)


def _by_number(op: Callable, additive: bool) -> Callable:
    def rule(x: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(x, Sparse) or not (additive or x.distinct):
            return NotImplemented
        return x.with_values(op(x.values, *args, **kwargs))

    return rule


for _op in (*_ADDITIVE, *_OF_ZERO):
    RULES[_op.__name__] = _by_number(_op, _op in _ADDITIVE)


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float, np.number)) and math.isfinite(x)


@_rule
def _multiply(x1: Any, x2: Any) -> Any:
    x, other = (x1, x2) if isinstance(x1, Sparse) else (x2, x1)
    if _is_number(other):
        return x.with_values(arithmetic.multiply(x.values, other))
    if tuple(getattr(other, "shape", ())) != x.shape:
        return NotImplemented
    other = other.dense() if isinstance(other, Sparse) else to_native(other)
    at_places = indexing.take_along_axis(other, x.columns, axis=-1)
    return x.with_values(arithmetic.multiply(x.values, at_places))


def _divide(x1: Any, x2: Any) -> Any:
    if not isinstance(x1, Sparse) or not _is_number(x2) or x2 == 0:
        return NotImplemented
    return x1.with_values(arithmetic.divide(x1.values, x2))


RULES["divide"] = RULES["true_divide"] = _divide


@_rule
def _add(x1: Any, x2: Any) -> Any:
    both = isinstance(x1, Sparse) and isinstance(x2, Sparse) and x1.shape == x2.shape
    return _beside([x1, x2], x1.size, distinct=False) if both else NotImplemented


@_rule
def _subtract(x1: Any, x2: Any) -> Any:
    return _add(x1, arithmetic.negative(x2)) if isinstance(x2, Sparse) else NotImplemented


def _beside(xs: list[Sparse], size: int, distinct: bool) -> Sparse:
    columns = joining.concatenate([x.columns for x in xs], -1)
    return Sparse(columns, joining.concatenate([x.values for x in xs], -1), size, distinct)


@_rule
def _matmul(x1: Any, x2: Any) -> Any:
    if not isinstance(x1, Sparse) or isinstance(x2, Sparse) or len(x2.shape) != 2:
        return NotImplemented
    if x2.shape[0] != x1.size:
        raise ValueError(
            f"ops.matmul: a sparse tensor of shape {x1.shape} does not go with a matrix {tuple(x2.shape)}; "
            f"the matrix must have {x1.size} rows."
        )
    matrix, e = to_native(x2), engine()
    values, dtype = x1.values, dtypes.result_type(e.dtype(x1.values), e.dtype(matrix))
    values, matrix = cast(values, dtype), cast(matrix, dtype)
    native = e.overrides.get("rows_matmul")
    if native is not None and dtype in ("float32", "float64"):
        return native(x1.columns, values, matrix)
    rows = indexing.take(matrix, x1.columns, axis=0)
    return reduce.sum(arithmetic.multiply(rows, structure.expand_dims(values, -1)), axis=-2)


@_rule
def _affine(x: Any, kernel: Any, bias: Any, axes: int) -> Any:
    if axes != 1 or isinstance(kernel, Sparse):
        return NotImplemented
    y = _matmul(x, kernel)
    return y if bias is None or y is NotImplemented else arithmetic.add(y, bias)


@_rule
def _concatenate(xs: Any, axis: int | None = 0) -> Any:
    if axis is None or not all(isinstance(x, Sparse) for x in xs):
        return NotImplemented
    if axis % xs[0].ndim == xs[0].ndim - 1:
        starts = np.cumsum([0, *(x.size for x in xs)]).tolist()
        moved = [
            Sparse(arithmetic.add(x.columns, start), x.values, x.size)
            for x, start in zip(xs, starts, strict=False)
        ]
        return _beside(moved, starts[-1], all(x.distinct for x in xs))
    if len({x.size for x in xs}) > 1:
        return NotImplemented
    most = max(x.values.shape[-1] for x in xs)
    columns, values = ([_longer(part, most) for part in p] for p in _parts(xs))
    distinct = all(x.distinct for x in xs)
    columns, values = (joining.concatenate(part, axis) for part in (columns, values))
    return Sparse(columns, values, xs[0].size, distinct)


def _parts(xs: list[Sparse]) -> tuple[list[Any], list[Any]]:
    return [x.columns for x in xs], [x.values for x in xs]


def _longer(x: Any, most: int) -> Any:
    missing = most - x.shape[-1]
    return padding.pad(x, [(0, 0)] * (len(x.shape) - 1) + [(0, missing)]) if missing else x


@_rule
def _sum(x: Sparse, axis: Any = None, keepdims: bool = False) -> Any:
    if axis not in (-1, x.ndim - 1) and not (axis is None and not keepdims):
        return NotImplemented
    return reduce.sum(x.values, axis, keepdims)


@_rule
def _reshape(x: Sparse, newshape: Any) -> Any:
    shape = newshape if isinstance(newshape, (list, tuple)) else (newshape,)
    if not shape or shape[-1] != x.size:
        return NotImplemented
    known = [n for n in shape[:-1] if isinstance(n, int) and n >= 0]
    lead = tuple(shape[:-1]) if len(known) == len(shape) - 1 or -1 in shape[:-1] else None
    if lead is None:
        return NotImplemented
    most = x.values.shape[-1]
    return _each_part(x, lambda part: structure.reshape(part, (*lead, most)))


def _each_part(x: Sparse, move: Callable) -> Sparse:
    return Sparse(move(x.columns), move(x.values), x.size, x.distinct)


@_rule
def _expand_dims(x: Sparse, axis: Any) -> Any:
    at = axis if isinstance(axis, int) else None
    if at is None or at in (-1, x.ndim):
        return NotImplemented
    return _each_part(x, lambda part: structure.expand_dims(part, at))


@_rule
def _squeeze(x: Sparse, axis: Any = None) -> Any:
    if not isinstance(axis, int) or axis % x.ndim == x.ndim - 1:
        return NotImplemented
    return _each_part(x, lambda part: structure.squeeze(part, axis))


@op
def counted(ids: Tensor, weights: Tensor, depth: int, dtype: Any) -> Any:
    """Return sparse rows that count how often each id occurs, or sum up its weights.

    Args:
        ids: integers `(n,)` or `(batch, n)`; those out of range count nothing.
        weights: of the same shape, or `None`.
    """
    e, dtype = engine(), dtypes.standardize(dtype)
    columns = e.cast(ids, "int32")
    inside = e.logical_and(e.greater_equal(columns, 0), e.less(columns, depth))
    values = e.cast(inside, dtype)
    if weights is not None:
        values = e.multiply(values, e.cast(weights, dtype))
    return Sparse(e.where(inside, columns, e.full((), 0, "int32")), values, depth, distinct=False)
