"""Comparing, and choosing by comparison."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes, graph
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy import reduce
from lamina.ops.numpy.logic import boolean, isfinite, isnan
from lamina.ops.numpy.sorting import nonzero, rank_among

__all__ = [
    "allclose", "clip", "equal", "fmax", "fmin", "greater", "greater_equal", "isclose", "isin",
    "less", "less_equal", "maximum", "minimum", "not_equal", "where",
]  # fmt: skip


@op(promote="x1 x2")
def maximum(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the larger of two; NaN if either is."""
    return engine().maximum(x1, x2)


@op(promote="x1 x2")
def minimum(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the smaller of two; NaN if either is."""
    return engine().minimum(x1, x2)


@op(promote="x x_min x_max")
def clip(x: Tensor, x_min: Tensor, x_max: Tensor) -> Tensor:
    """Keep `x` within `x_min` and `x_max`; `None` leaves a side unbounded.

    Example:
        >>> clip([-2.0, 0.5, 2.0], -1.0, 1.0).tolist()
        [-1.0, 0.5, 1.0]
    """
    x = x if x_min is None else engine().maximum(x, x_min)
    return x if x_max is None else engine().minimum(x, x_max)


@op(promote="x1 x2")
def equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 == x2`."""
    return engine().equal(x1, x2)


@op(promote="x1 x2")
def not_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 != x2`."""
    return engine().not_equal(x1, x2)


@op(promote="x1 x2")
def less(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 < x2`."""
    return engine().less(x1, x2)


@op(promote="x1 x2")
def less_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 <= x2`."""
    return engine().less_equal(x1, x2)


@op(promote="x1 x2")
def greater(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 > x2`."""
    return engine().greater(x1, x2)


@op(promote="x1 x2")
def greater_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 >= x2`."""
    return engine().greater_equal(x1, x2)


def _chosen(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Infer the result of `where`: it is known for two choices only."""
    if x1 is None and x2 is None:
        raise ValueError(
            "ops.where: without `x1` and `x2` the size of its result depends on the values, so it cannot "
            "be used on a symbolic tensor. Give both, or use it outside the model."
        )
    return graph.infer(where, (condition, x1, x2), {})


@op(promote="x1 x2", shape=_chosen)
def where(condition: Tensor, x1: Tensor = None, x2: Tensor = None) -> Tensor:
    """Return `x1` where `condition`, else `x2`; without both, the indices where it is true (`nonzero`).

    Raises:
        ValueError: only one of `x1` and `x2` is given.

    Example:
        >>> where([True, False], [1.0, 2.0], 0.0).tolist()
        [1.0, 0.0]
    """
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError("ops.where needs both `x1` and `x2`, or neither; one was given.")
    return engine().where(boolean(condition), x1, x2)


@op(promote="x1 x2", arrays=True)
def fmax(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the larger of two; the other one if either is NaN."""
    return _unless_nan(engine().maximum, x1, x2)


@op(promote="x1 x2", arrays=True)
def fmin(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the smaller of two; the other one if either is NaN."""
    return _unless_nan(engine().minimum, x1, x2)


def _unless_nan(choose: Any, x1: Any, x2: Any) -> Any:
    e = engine()
    if not dtypes.is_float(e.dtype(x1)):
        return choose(x1, x2)
    return e.where(e.isnan(x1), x2, e.where(e.isnan(x2), x1, choose(x1, x2)))


@op(promote="x1 x2", floating=True, arrays=True)
def isclose(
    x1: Tensor, x2: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Return True where `|x1 - x2| <= atol + rtol |x2|`, or both are the same infinity.

    Args:
        equal_nan: whether two NaN count as close.
    """
    e = engine()
    bound = e.add(e.multiply(e.abs(x2), rtol), atol)
    is_near = e.less_equal(e.abs(e.subtract(x1, x2)), bound)
    # Infinity is far from everything but itself, however wide the bound.
    both_finite = e.logical_and(isfinite(x1), isfinite(x2))
    is_near = e.logical_or(e.logical_and(both_finite, is_near), e.equal(x1, x2))
    return e.logical_or(is_near, e.logical_and(isnan(x1), isnan(x2))) if equal_nan else is_near


@op
def allclose(
    x1: Tensor, x2: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Say whether all elements are close; see `isclose`.

    Example:
        >>> bool(allclose([1.0, 2.0], [1.0, 2.0 + 1e-7]))
        True
    """
    return reduce.all(isclose(x1, x2, rtol, atol, equal_nan))


@op(promote="x1 x2", arrays=True)
def isin(x1: Tensor, x2: Tensor, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Return True where an element of `x1` is among those of `x2`; where it is not if `invert`.

    Args:
        assume_unique: accepted for Keras' sake; the result is the same.

    Example:
        >>> isin([1, 5, 2], [2, 1]).tolist()
        [True, False, True]
    """
    among = _is_among(x1, engine().reshape(x2, (-1,)))
    return engine().logical_not(among) if invert else among


def _is_among(x: Any, others: Any) -> Any:
    e = engine()
    (count,) = e.shape(others)
    if not count:
        return e.full(e.shape(x), False, "bool")
    ordered, place = rank_among(x, others)
    return e.equal(e.take(ordered, e.minimum(place, count - 1), 0), x)
