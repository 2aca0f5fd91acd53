"""Reductions along axes, running sums and products."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.engine.contract import Axis
from lamina.ops.numpy.axes import (
    SUMMED_AS,
    axes_of,
    axes_of_some,
    flattened,
    floating,
    root,
    widened,
)
from lamina.ops.numpy.logic import boolean

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum", "max",
    "mean", "min", "prod", "ptp", "std", "sum", "var",
]  # fmt: skip


@op
def sum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the sum along `axis`; booleans and small integers are summed as 32-bit integers.

    Example:
        >>> sum(np.array([[1, 2], [3, 4]]), axis=0).tolist()
        [4, 6]
    """
    return engine().sum(widened(x), axis=axes_of(axis), keepdims=keepdims)


@op
def mean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Average along `axis`, floating."""
    return engine().mean(floating(x), axis=axes_of(axis), keepdims=keepdims)


@op(promote="x", floating=True, single=True)
def var(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the variance along `axis`: the mean squared distance from the mean."""
    return _variance(x, axes_of(axis), keepdims)


@op(promote="x", floating=True, single=True)
def std(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the standard deviation along `axis`: the root of `var`, with slope 0 where all elements are equal."""
    return root(_variance(x, axes_of(axis), keepdims))


def _variance(x: Any, axis: Axis, keepdims: bool) -> Any:
    e = engine()
    distance = e.subtract(x, e.mean(x, axis=axis, keepdims=True))
    if dtypes.is_complex(e.dtype(x)):
        distance = e.abs(distance)
    return e.mean(e.square(distance), axis=axis, keepdims=keepdims)


@op
def prod(x: Tensor, axis: Axis = None, keepdims: bool = False, dtype: str | None = None) -> Tensor:
    """Multiply along `axis`."""
    x = widened(x) if dtype is None else engine().cast(x, dtype)
    return engine().prod(x, axis=axes_of(axis), keepdims=keepdims)


@op
def max(
    x: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None
) -> Tensor:
    """Return the largest element along `axis`, at least `initial` if that is given."""
    return _extreme("max", x, axis, keepdims, initial)


@op
def min(
    x: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None
) -> Tensor:
    """Return the smallest element along `axis`, at most `initial` if that is given."""
    return _extreme("min", x, axis, keepdims, initial)


def _extreme(name: str, x: Any, axis: Any, keepdims: bool, initial: float | None) -> Any:
    e = engine()
    reduce, choose = (e.max, e.maximum) if name == "max" else (e.min, e.minimum)
    if initial is None:
        return reduce(x, axis=axes_of_some(name, x, axis), keepdims=keepdims)
    axis = axes_of(axis)
    initial = e.cast(e.asarray(initial), e.dtype(x))
    if 0 not in e.shape(x):
        return choose(reduce(x, axis=axis, keepdims=keepdims), initial)
    # No engine takes the largest of nothing: summing nothing finds the shape.
    return e.add(e.sum(x, axis=axis, keepdims=keepdims), initial)


@op
def amax(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest element along `axis`; see `max`."""
    return engine().max(x, axis=axes_of_some("amax", x, axis), keepdims=keepdims)


@op
def amin(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the smallest element along `axis`; see `min`."""
    return engine().min(x, axis=axes_of_some("amin", x, axis), keepdims=keepdims)


@op
def ptp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Subtract the smallest element along `axis` from the largest: from peak to peak."""
    e, axis = engine(), axes_of_some("ptp", x, axis)
    return e.subtract(
        e.max(x, axis=axis, keepdims=keepdims), e.min(x, axis=axis, keepdims=keepdims)
    )


@op
def any(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Say whether any element along `axis` is true (not 0)."""
    return engine().any(boolean(x), axis=axes_of(axis), keepdims=keepdims)


@op
def all(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Say whether all elements along `axis` are true (not 0)."""
    e = engine()
    is_false = e.logical_not(boolean(x))
    return e.logical_not(e.any(is_false, axis=axes_of(axis), keepdims=keepdims))


@op
def count_nonzero(x: Tensor, axis: Axis = None) -> Tensor:
    """Count the elements along `axis` that are not 0, int32."""
    e = engine()
    return e.sum(e.cast(e.not_equal(x, 0), "int32"), axis=axes_of(axis))


@op
def argmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the index of the first largest element along `axis` (of the flattened `x` without), int32."""
    return _arg("argmax", x, axis, keepdims)


@op
def argmin(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the index of the first smallest element along `axis` (of the flattened `x` without), int32."""
    e = engine()
    dtype = e.dtype(x)
    if dtypes.is_float(dtype):
        turned = e.negative(x)
    elif dtype in ("uint32", "uint64"):  # they have no negative, and no wider integer everywhere
        turned = e.subtract(e.full((), 2 ** int(dtype[4:]) - 1, dtype), x)
    else:  # -1 - x, unlike -x, does not overflow
        turned = e.subtract(-1, e.cast(x, "int32") if dtype in SUMMED_AS else x)
    return _arg("argmin", turned, axis, keepdims)


def _arg(name: str, x: Any, axis: int | None, keepdims: bool) -> Any:
    e = engine()
    axes_of_some(name, x, axis)
    if axis is not None:
        return e.argmax(x, axis, keepdims)
    index = e.argmax(e.reshape(x, (-1,)), 0)
    return e.reshape(index, (1,) * builtins.len(e.shape(x))) if keepdims else index


@op
def cumsum(x: Tensor, axis: int | None = None, dtype: str | None = None) -> Tensor:
    """Return the running sum along `axis` (of the flattened `x` without); booleans are summed as int32."""
    return _running(engine().cumsum, x, axis, dtype)


@op
def cumprod(x: Tensor, axis: int | None = None, dtype: str | None = None) -> Tensor:
    """Return the running product along `axis` (of the flattened `x` without); booleans count as int32."""
    return _running(engine().cumprod, x, axis, dtype)


def _running(accumulate: Callable, x: Any, axis: int | None, dtype: str | None) -> Any:
    if dtype is not None or engine().dtype(x) == "bool":
        x = engine().cast(x, dtype or "int32")
    return accumulate(*flattened(x, axis))
