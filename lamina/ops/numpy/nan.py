"""Reductions that pass over NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.engine.contract import Axis
from lamina.ops.numpy import reduce
from lamina.ops.numpy.axes import axes_of, floating, root
from lamina.ops.numpy.logic import isnan
from lamina.ops.numpy.statistics import quantile_of

__all__ = [
    "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian",
    "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar",
]  # fmt: skip


def _replaced(x: Any, value: float) -> Any:
    """Return `x` with `value` in place of NaN."""
    return engine().where(isnan(x), value, x) if engine().dtype(x) in dtypes.INEXACT else x


@op
def nansum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Sum along `axis` what is not NaN.

    Example:
        >>> float(nansum([1.0, float("nan"), 2.0]))
        3.0
    """
    return reduce.sum(_replaced(x, 0), axis, keepdims)


@op
def nanprod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Multiply along `axis` what is not NaN."""
    return reduce.prod(_replaced(x, 1), axis, keepdims)


@op
def nancumsum(x: Tensor, axis: int | None = None, dtype: str | None = None) -> Tensor:
    """Return the running sum along `axis`, with 0 in place of NaN."""
    return reduce.cumsum(_replaced(x, 0), axis, dtype)


@op
def nancumprod(x: Tensor, axis: int | None = None, dtype: str | None = None) -> Tensor:
    """Return the running product along `axis`, with 1 in place of NaN."""
    return reduce.cumprod(_replaced(x, 1), axis, dtype)


@op
def nanmax(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest element along `axis` that is not NaN; NaN if there is none."""
    return _extreme(reduce.max, x, axis, keepdims, float("-inf"))


@op
def nanmin(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the smallest element along `axis` that is not NaN; NaN if there is none."""
    return _extreme(reduce.min, x, axis, keepdims, float("inf"))


def _extreme(find: Callable, x: Any, axis: Any, keepdims: bool, stand_in: float) -> Any:
    e, axis = engine(), axes_of(axis)
    if not dtypes.is_float(e.dtype(x)):
        return find(x, axis=axis, keepdims=keepdims)
    extremes = find(_replaced(x, stand_in), axis=axis, keepdims=keepdims)
    return e.where(reduce.all(isnan(x), axis, keepdims), float("nan"), extremes)


@op
def nanargmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the index of the first largest element that is not NaN, int32; -1 if there is none."""
    return _place(reduce.argmax, x, axis, keepdims, float("-inf"))


@op
def nanargmin(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the index of the first smallest element that is not NaN, int32; -1 if there is none."""
    return _place(reduce.argmin, x, axis, keepdims, float("inf"))


def _place(find: Callable, x: Any, axis: int | None, keepdims: bool, stand_in: float) -> Any:
    indices = find(_replaced(x, stand_in), axis=axis, keepdims=keepdims)
    if not dtypes.is_float(engine().dtype(x)):
        return indices
    return engine().where(reduce.all(isnan(x), axis, keepdims), -1, indices)


@op(promote="x", floating=True, single=True)
def nanmean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Average along `axis` what is not NaN, floating; NaN if there is nothing else."""
    return _mean(x, isnan(x), axes_of(axis), keepdims)


@op(promote="x", floating=True, single=True)
def nanvar(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the variance along `axis` of what is not NaN, floating; NaN if there is nothing else."""
    return _variance(x, axes_of(axis), keepdims)


@op(promote="x", floating=True, single=True)
def nanstd(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the standard deviation along `axis` of what is not NaN: the root of `nanvar`."""
    return root(_variance(x, axes_of(axis), keepdims))


def _mean(x: Any, missing: Any, axis: Any, keepdims: bool) -> Any:
    e = engine()
    total = e.sum(e.where(missing, 0, x), axis=axis, keepdims=keepdims)
    return e.divide(
        total, e.sum(e.cast(e.logical_not(missing), e.dtype(x)), axis=axis, keepdims=keepdims)
    )


def _variance(x: Any, axis: Any, keepdims: bool) -> Any:
    e, missing = engine(), isnan(x)
    # Replaced before it is squared as well: a NaN in a branch not taken would reach the gradient.
    x = e.where(missing, 0, x)
    distance = e.subtract(x, _mean(x, missing, axis, True))
    return _mean(e.square(distance), missing, axis, keepdims)


@op(promote="x", floating=True, single=True)
def nanquantile(
    x: Tensor, q: Tensor, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return the quantiles along `axis` of what is not NaN; see `quantile`."""
    return quantile_of("nanquantile", x, q, axis, method, keepdims, skip_nan=True)


@op(promote="x", floating=True, single=True)
def nanpercentile(
    x: Tensor, q: Tensor, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return the percentiles along `axis` of what is not NaN; see `percentile`."""
    q = engine().divide(floating(q), 100.0)
    return quantile_of("nanpercentile", x, q, axis, method, keepdims, skip_nan=True)


@op(promote="x", floating=True, single=True)
def nanmedian(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the median along `axis` of what is not NaN; NaN if there is nothing else."""
    half = engine().asarray(0.5)
    return quantile_of("nanmedian", x, half, axis, "linear", keepdims, skip_nan=True)
