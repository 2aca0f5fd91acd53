"""Truth values: joining conditions, and testing for infinity and NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.operands import is_unsigned

__all__ = [
    "isfinite", "isinf", "isnan", "isneginf", "isposinf", "logical_and", "logical_not",
    "logical_or", "logical_xor", "signbit",
]  # fmt: skip


def boolean(x: Any) -> Any:
    return x if engine().dtype(x) == "bool" else engine().not_equal(x, 0)


@op
def logical_and(x1: Tensor, x2: Tensor) -> Tensor:
    """Return True where both are; numbers count as true unless 0."""
    return engine().logical_and(boolean(x1), boolean(x2))


@op
def logical_or(x1: Tensor, x2: Tensor) -> Tensor:
    """Return True where either is; numbers count as true unless 0."""
    return engine().logical_or(boolean(x1), boolean(x2))


@op
def logical_not(x: Tensor) -> Tensor:
    """Return True where `x` is not."""
    return engine().logical_not(boolean(x))


@op
def logical_xor(x1: Tensor, x2: Tensor) -> Tensor:
    """Return True where exactly one is."""
    return engine().not_equal(boolean(x1), boolean(x2))


@op
def isfinite(x: Tensor) -> Tensor:
    """Return True where `x` is neither infinite nor NaN."""
    e = engine()
    return e.logical_not(either_part(lambda part: e.logical_not(e.isfinite(part)), x))


@op
def isnan(x: Tensor) -> Tensor:
    """Return True where `x` is NaN."""
    return either_part(engine().isnan, x)


@op
def isinf(x: Tensor) -> Tensor:
    """Return True where `x` is plus or minus infinity."""
    e = engine()
    return either_part(lambda part: e.equal(e.abs(part), float("inf")), x)


def either_part(test: Callable, x: Any) -> Any:
    """Apply `test` to a floating `x`, or to either part of a complex one; integers never pass."""
    e = engine()
    dtype = e.dtype(x)
    if dtypes.is_float(dtype):
        return test(x)
    if dtypes.is_complex(dtype):
        return e.logical_or(test(e.real(x)), test(e.imag(x)))
    return e.full(e.shape(x), False, "bool")


@op
def isposinf(x: Tensor) -> Tensor:
    """Return True where `x` is plus infinity."""
    return _equals_infinity(x, float("inf"))


@op
def isneginf(x: Tensor) -> Tensor:
    """Return True where `x` is minus infinity."""
    return _equals_infinity(x, float("-inf"))


def _equals_infinity(x: Any, infinity: float) -> Any:
    e = engine()
    if not dtypes.is_float(e.dtype(x)):
        return e.full(e.shape(x), False, "bool")
    return e.equal(x, infinity)


@op
def signbit(x: Tensor) -> Tensor:
    """Return True where `x` is negative, minus zero included; a NaN counts as positive."""
    e = engine()
    dtype = e.dtype(x)
    if is_unsigned(dtype):
        return e.full(e.shape(x), False, "bool")
    if not dtypes.is_float(dtype):
        return e.less(x, 0)
    is_zero = e.equal(x, 0)
    # Zeros differ in the infinity that they divide one into.
    return e.less(e.where(is_zero, e.divide(1.0, e.where(is_zero, x, 1.0)), x), 0)
