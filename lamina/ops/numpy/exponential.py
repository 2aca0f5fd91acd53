"""Exponentials, logarithms and roots."""

from __future__ import annotations

import math

from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.axes import floating, root
from lamina.ops.numpy.operands import integers

__all__ = [
    "cbrt", "exp", "exp2", "expm1", "ldexp", "log", "log1p", "log2", "log10", "logaddexp",
    "logaddexp2", "sqrt",
]  # fmt: skip


@op(promote="x", floating=True)
def exp(x: Tensor) -> Tensor:
    """Compute `e ** x`."""
    return engine().exp(x)


@op(promote="x", floating=True)
def expm1(x: Tensor) -> Tensor:
    """Compute `exp(x) - 1`, exact for small `x`."""
    return engine().expm1(x)


@op(promote="x", floating=True)
def log(x: Tensor) -> Tensor:
    """Return the natural logarithm."""
    return engine().log(x)


@op(promote="x", floating=True)
def log1p(x: Tensor) -> Tensor:
    """Compute `log(1 + x)`, exact for small `x`."""
    return engine().log1p(x)


@op(promote="x", floating=True)
def sqrt(x: Tensor) -> Tensor:
    """Return the square root; its slope at 0, which is infinite, counts as 0."""
    return root(x)


@op(promote="x", floating=True)
def exp2(x: Tensor) -> Tensor:
    """Compute `2 ** x`."""
    return engine().power(2.0, x)


@op(promote="x", floating=True)
def log2(x: Tensor) -> Tensor:
    """Return the logarithm to base 2."""
    return engine().multiply(engine().log(x), 1 / math.log(2))


@op(promote="x", floating=True)
def log10(x: Tensor) -> Tensor:
    """Return the logarithm to base 10."""
    return engine().multiply(engine().log(x), 1 / math.log(10))


@op(promote="x1 x2", floating=True, arrays=True)
def logaddexp(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `log(exp(x1) + exp(x2))`, without overflow on the way.

    Example:
        >>> logaddexp([1000.0], [1000.0]).tolist()
        [1000.69...]
    """
    e = engine()
    distance = e.abs(e.subtract(x1, x2))
    # The distance of an infinity from itself is NaN, but there the larger one is the whole sum.
    is_known = e.equal(distance, distance)
    more = e.log1p(e.exp(e.negative(e.where(is_known, distance, 0.0))))
    return e.add(e.maximum(x1, x2), e.where(is_known, more, 0.0))


@op(promote="x1 x2", floating=True, arrays=True)
def logaddexp2(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `log2(2 ** x1 + 2 ** x2)`, without overflow on the way."""
    e = engine()
    x1, x2 = (e.multiply(x, math.log(2)) for x in (x1, x2))
    return e.multiply(logaddexp(x1, x2), 1 / math.log(2))


@op(promote="x", floating=True)
def cbrt(x: Tensor) -> Tensor:
    """Return the real cube root, negative for negative `x`."""
    e = engine()
    return e.multiply(e.sign(x), e.power(e.abs(x), 1 / 3))


@op
def ldexp(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 * 2 ** x2` for whole `x2`; the result overflows only where it must."""
    e = engine()
    integers("ldexp", x2)
    x1 = floating(x1)
    exponent = e.cast(x2, e.dtype(x1))
    half = e.floor(e.multiply(exponent, 0.5))
    scaled = e.multiply(x1, e.power(2.0, half))
    return e.multiply(scaled, e.power(2.0, e.subtract(exponent, half)))
