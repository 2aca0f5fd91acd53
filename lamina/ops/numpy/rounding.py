"""Rounding, and stepping from one floating number to the next."""

from __future__ import annotations

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op

__all__ = ["ceil", "floor", "nextafter", "round", "trunc"]


@op(promote="x", floating=True)
def floor(x: Tensor) -> Tensor:
    """Return the largest whole number not above `x`."""
    return engine().floor(x)


@op(promote="x", floating=True)
def ceil(x: Tensor) -> Tensor:
    """Return the smallest whole number not below `x`."""
    return engine().ceil(x)


@op
def round(x: Tensor, decimals: int = 0) -> Tensor:
    """Round `x` to `decimals` places, halves to even; to tens, hundreds, ... if negative."""
    e = engine()
    dtype = e.dtype(x)
    is_float = dtypes.is_float(dtype)
    if decimals == 0:
        return e.round(x) if is_float else x
    if not is_float:
        return x if decimals > 0 else _round_integers(x, 10**-decimals)
    scale = 10.0 ** abs(decimals)
    if decimals > 0:
        return e.divide(e.round(e.multiply(x, scale)), scale)
    return e.multiply(e.round(e.divide(x, scale)), scale)


def _round_integers(x: Tensor, unit: int) -> Tensor:
    """Round to multiples of `unit` in whole numbers, so that large ones stay exact."""
    e = engine()
    quotient = e.floor_divide(x, unit)
    rest = e.subtract(x, e.multiply(quotient, unit))
    is_odd = e.equal(e.remainder(quotient, 2), 1)
    is_half = e.logical_and(e.equal(rest, unit // 2), is_odd)
    up = e.logical_or(e.greater(rest, unit // 2), is_half)
    return e.multiply(e.add(quotient, e.cast(up, e.dtype(x))), unit)


@op
def trunc(x: Tensor) -> Tensor:
    """Cut off the fraction of `x`: the nearest whole number toward 0."""
    e = engine()
    if not dtypes.is_float(e.dtype(x)):
        return x
    return e.where(e.less(x, 0), e.ceil(x), e.floor(x))


@op(promote="x1 x2", floating=True, arrays=True)
def nextafter(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the next number of the dtype after `x1` in the direction of `x2`."""
    return engine().nextafter(x1, x2)
