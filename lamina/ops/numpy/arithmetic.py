"""Arithmetic: sums, products, quotients, powers, sizes and signs."""

from __future__ import annotations

import ml_dtypes
import numpy as np

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.operands import integers, is_unsigned

__all__ = [
    "abs", "absolute", "add", "divide", "divide_no_nan", "fabs", "floor_divide", "fmod", "gcd",
    "heaviside", "hypot", "lcm", "mod", "multiply", "nan_to_num", "negative", "power",
    "reciprocal", "sign", "square", "subtract", "true_divide",
]  # fmt: skip


@op(promote="x1 x2")
def add(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 + x2`; of booleans, their "or".

    Example:
        >>> add(np.array([1, 2]), 0.5).tolist()
        [1.5, 2.5]
    """
    return engine().add(x1, x2)


@op(promote="x1 x2")
def subtract(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 - x2`."""
    return engine().subtract(x1, x2)


@op(promote="x1 x2")
def multiply(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 * x2`."""
    return engine().multiply(x1, x2)


@op(promote="x1 x2", floating=True)
def divide(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 / x2`, floating; integers become `floatx` first."""
    return engine().divide(x1, x2)


@op(promote="x1 x2", floating=True)
def true_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute the same as `divide`."""
    return engine().divide(x1, x2)


@op(promote="x1 x2", floating=True, arrays=True)
def divide_no_nan(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 / x2`, or 0 where `x2` is 0.

    Example:
        >>> divide_no_nan([1.0, 2.0], [0.0, 4.0]).tolist()
        [0.0, 0.5]
    """
    e = engine()
    is_zero = e.equal(x2, 0)
    # Both the divisor and the quotient are replaced: a NaN in a branch not taken would still reach
    # the gradient.
    return e.where(is_zero, 0, e.divide(x1, e.where(is_zero, 1, x2)))


@op(promote="x1 x2")
def floor_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 // x2`, towards minus infinity."""
    return engine().floor_divide(x1, x2)


@op(promote="x1 x2")
def mod(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 % x2`, with the sign of `x2` as in Python."""
    return engine().remainder(x1, x2)


@op(promote="x1 x2")
def power(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute `x1 ** x2`."""
    return engine().power(x1, x2)


@op
def negative(x: Tensor) -> Tensor:
    """Compute `-x`."""
    return engine().negative(x)


@op
def abs(x: Tensor) -> Tensor:
    """Compute `|x|`; the same as `absolute`."""
    return engine().abs(x)


@op
def absolute(x: Tensor) -> Tensor:
    """Compute `|x|`."""
    return engine().abs(x)


@op
def sign(x: Tensor) -> Tensor:
    """Return -1, 0 or 1 by the sign of `x`."""
    return engine().sign(x)


@op
def square(x: Tensor) -> Tensor:
    """Compute `x * x`."""
    return engine().square(x)


@op(promote="x", floating=True)
def fabs(x: Tensor) -> Tensor:
    """Compute `|x|`, floating."""
    return engine().abs(x)


@op(promote="x", floating=True)
def reciprocal(x: Tensor) -> Tensor:
    """Compute `1 / x`, floating."""
    return engine().divide(1.0, x)


@op(promote="x1 x2", arrays=True)
def fmod(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute the remainder of `x1 / x2` with the sign of `x1`, as in C; see `mod`.

    Example:
        >>> fmod([-7.0, 7.0], [3.0, -3.0]).tolist()
        [-1.0, 1.0]
    """
    e = engine()
    if is_unsigned(e.dtype(x1)):
        return e.remainder(x1, x2)
    is_negative = e.less(x1, 0)
    rest = e.remainder(e.where(is_negative, e.negative(x1), x1), e.abs(x2))
    return e.where(is_negative, e.negative(rest), rest)


@op(promote="x1 x2", floating=True, arrays=True)
def hypot(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute the length of the hypotenuse, `sqrt(x1² + x2²)`, without overflow on the way.

    Example:
        >>> hypot([3.0], [4.0]).tolist()
        [5.0]
    """
    e = engine()
    x1, x2 = e.abs(x1), e.abs(x2)
    large, small = e.maximum(x1, x2), e.minimum(x1, x2)
    is_plain = e.logical_and(e.greater(large, 0), e.isfinite(large))
    ratio = e.divide(small, e.where(is_plain, large, 1.0))
    length = e.multiply(large, e.sqrt(e.add(e.square(e.where(is_plain, ratio, 0.0)), 1.0)))
    infinity = float("inf")
    is_infinite = e.logical_or(e.equal(x1, infinity), e.equal(x2, infinity))
    return e.where(is_infinite, infinity, length)  # even if the other is NaN


@op(promote="x1 x2", arrays=True)
def gcd(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the greatest common divisor of integers; that of 0 and `x` is `|x|`.

    Source: Euclid, Elements, VII, proposition 2.
    """
    e = engine()
    integers("gcd", x1, x2, booleans=False)
    x1, x2 = _positive_together(x1, x2)

    def unfinished(a: Tensor, b: Tensor) -> Tensor:
        return e.any(e.not_equal(b, 0))

    def step(a: Tensor, b: Tensor) -> tuple:
        is_done = e.equal(b, 0)
        rest = e.remainder(a, e.where(is_done, 1, b))
        return e.where(is_done, a, b), e.where(is_done, b, rest)

    return e.while_loop(unfinished, step, (x1, x2))[0]


@op(promote="x1 x2", arrays=True)
def lcm(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the least common multiple of integers; 0 if either is."""
    e = engine()
    integers("lcm", x1, x2, booleans=False)
    x1, x2 = _positive_together(x1, x2)
    divisor = e.maximum(gcd(x1, x2), 1)
    return e.multiply(e.floor_divide(x1, divisor), x2)


def _positive_together(x1: Tensor, x2: Tensor) -> list:
    """Return sizes without signs, in one shape."""
    e = engine()
    if not is_unsigned(e.dtype(x1)):
        x1, x2 = e.abs(x1), e.abs(x2)
    shape = np.broadcast_shapes(e.shape(x1), e.shape(x2))
    return [e.broadcast_to(x, shape) for x in (x1, x2)]


@op(promote="x1 x2", floating=True, arrays=True)
def heaviside(x1: Tensor, x2: Tensor) -> Tensor:
    """Step from 0 where `x1` is negative to 1 where it is positive; `x2` where it is 0."""
    e = engine()
    stepped = e.where(e.less(x1, 0), 0.0, e.where(e.greater(x1, 0), 1.0, x2))
    return e.where(e.isnan(x1), x1, stepped)


@op
def nan_to_num(
    x: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Replace NaN and infinity in `x` by numbers.

    Args:
        nan: stands for NaN.
        posinf, neginf: stand for the infinities; the largest and least number of the dtype without.
    """
    e = engine()
    dtype = e.dtype(x)
    if dtypes.is_complex(dtype):
        parts = (nan_to_num(part, nan, posinf, neginf) for part in (e.real(x), e.imag(x)))
        return e.make_complex(*parts)
    if not dtypes.is_float(dtype):
        return x
    limits = ml_dtypes.finfo(dtype)
    posinf = float(limits.max) if posinf is None else posinf
    neginf = float(limits.min) if neginf is None else neginf
    x = e.where(e.equal(x, float("inf")), posinf, x)
    x = e.where(e.equal(x, float("-inf")), neginf, x)
    return e.where(e.isnan(x), nan, x)
