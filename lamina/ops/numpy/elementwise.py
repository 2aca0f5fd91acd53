"""Element by element: arithmetic, comparison, logic, elementary functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, op
from lamina.engine.current import engine

__all__ = [
    "abs",
    "absolute",
    "add",
    "ceil",
    "clip",
    "cos",
    "divide",
    "divide_no_nan",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "not_equal",
    "power",
    "round",
    "sign",
    "sin",
    "sqrt",
    "square",
    "subtract",
    "tanh",
    "true_divide",
    "where",
]


@op(promote="x1 x2")
def add(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 + x2`; booleans are joined by or.

    Example:
        >>> add(np.array([1, 2]), 0.5).tolist()
        [1.5, 2.5]
    """
    return engine().add(x1, x2)


@op(promote="x1 x2")
def subtract(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 - x2`."""
    return engine().subtract(x1, x2)


@op(promote="x1 x2")
def multiply(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 * x2`."""
    return engine().multiply(x1, x2)


@op(promote="x1 x2", floating=True)
def divide(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 / x2`, floating; integers become `floatx` first."""
    return engine().divide(x1, x2)


@op(promote="x1 x2", floating=True)
def true_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """The same as `divide`."""
    return engine().divide(x1, x2)


@op(promote="x1 x2", floating=True)
def divide_no_nan(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 / x2`, and 0 where `x2` is 0.

    Example:
        >>> divide_no_nan([1.0, 2.0], [0.0, 4.0]).tolist()
        [0.0, 0.5]
    """
    e = engine()
    x2 = x2 if isinstance(x2, e.array_types) else e.asarray(x2, e.dtype(x1))
    is_zero = e.equal(x2, 0)
    # Both the divisor and the quotient are replaced: a NaN in a branch not taken would still reach
    # the gradient.
    return e.where(is_zero, 0, e.divide(x1, e.where(is_zero, 1, x2)))


@op(promote="x1 x2")
def floor_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 // x2`, towards minus infinity."""
    return engine().floor_divide(x1, x2)


@op(promote="x1 x2")
def mod(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 % x2`, with the sign of `x2` as in Python."""
    return engine().remainder(x1, x2)


@op(promote="x1 x2")
def power(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 ** x2`."""
    return engine().power(x1, x2)


@op(promote="x1 x2")
def maximum(x1: Tensor, x2: Tensor) -> Tensor:
    """The larger of two; NaN if either is."""
    return engine().maximum(x1, x2)


@op(promote="x1 x2")
def minimum(x1: Tensor, x2: Tensor) -> Tensor:
    """The smaller of two; NaN if either is."""
    return engine().minimum(x1, x2)


@op(promote="x x_min x_max")
def clip(x: Tensor, x_min: Tensor, x_max: Tensor) -> Tensor:
    """`x` kept within `x_min` and `x_max`.

    Example:
        >>> clip([-2.0, 0.5, 2.0], -1.0, 1.0).tolist()
        [-1.0, 0.5, 1.0]
    """
    e = engine()
    return e.minimum(e.maximum(x, x_min), x_max)


@op(promote="x1 x2")
def equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 == x2`."""
    return engine().equal(x1, x2)


@op(promote="x1 x2")
def not_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 != x2`."""
    return engine().not_equal(x1, x2)


@op(promote="x1 x2")
def less(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 < x2`."""
    return engine().less(x1, x2)


@op(promote="x1 x2")
def less_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 <= x2`."""
    return engine().less_equal(x1, x2)


@op(promote="x1 x2")
def greater(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 > x2`."""
    return engine().greater(x1, x2)


@op(promote="x1 x2")
def greater_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 >= x2`."""
    return engine().greater_equal(x1, x2)


def boolean(x: Any) -> Any:
    e = engine()
    return x if e.dtype(x) == "bool" else e.not_equal(x, 0)


@op
def logical_and(x1: Tensor, x2: Tensor) -> Tensor:
    """True where both are; numbers count as true unless 0."""
    return engine().logical_and(boolean(x1), boolean(x2))


@op
def logical_or(x1: Tensor, x2: Tensor) -> Tensor:
    """True where either is; numbers count as true unless 0."""
    return engine().logical_or(boolean(x1), boolean(x2))


@op
def logical_not(x: Tensor) -> Tensor:
    """True where `x` is not."""
    return engine().logical_not(boolean(x))


@op
def logical_xor(x1: Tensor, x2: Tensor) -> Tensor:
    """True where exactly one is."""
    return engine().not_equal(boolean(x1), boolean(x2))


@op(promote="x1 x2")
def where(condition: Tensor, x1: Tensor = None, x2: Tensor = None) -> Tensor:
    """`x1` where `condition`, else `x2`.

    Raises:
        ValueError: `x1` or `x2` is missing: the size of that result would depend on values.
    """
    if x1 is None or x2 is None:
        raise ValueError(
            "ops.where needs `x1` and `x2`; without them the result's size depends on the values."
        )
    return engine().where(boolean(condition), x1, x2)


@op
def isfinite(x: Tensor) -> Tensor:
    """True where `x` is neither infinite nor NaN."""
    e = engine()
    return e.logical_not(either_part(lambda part: e.logical_not(e.isfinite(part)), x))


@op
def isnan(x: Tensor) -> Tensor:
    """True where `x` is NaN."""
    return either_part(engine().isnan, x)


@op
def isinf(x: Tensor) -> Tensor:
    """True where `x` is plus or minus infinity."""
    e = engine()
    return either_part(lambda part: e.equal(e.abs(part), float("inf")), x)


def either_part(test: Callable, x: Any) -> Any:
    """`test` of a floating `x`, of either part of a complex one; integers never pass."""
    e = engine()
    dtype = e.dtype(x)
    if dtypes.is_float(dtype):
        return test(x)
    if dtypes.is_complex(dtype):
        return e.logical_or(test(e.real(x)), test(e.imag(x)))
    return e.full(e.shape(x), False, "bool")


@op
def negative(x: Tensor) -> Tensor:
    """`-x`."""
    return engine().negative(x)


@op
def absolute(x: Tensor) -> Tensor:
    """`|x|`."""
    return engine().abs(x)


@op
def abs(x: Tensor) -> Tensor:
    """`|x|`; the same as `absolute`."""
    return engine().abs(x)


@op
def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1 by the sign of `x`."""
    return engine().sign(x)


@op
def square(x: Tensor) -> Tensor:
    """`x * x`."""
    return engine().square(x)


@op(promote="x", floating=True)
def exp(x: Tensor) -> Tensor:
    """`e ** x`."""
    return engine().exp(x)


@op(promote="x", floating=True)
def expm1(x: Tensor) -> Tensor:
    """`exp(x) - 1`, exact for small `x`."""
    return engine().expm1(x)


@op(promote="x", floating=True)
def log(x: Tensor) -> Tensor:
    """Natural logarithm."""
    return engine().log(x)


@op(promote="x", floating=True)
def log1p(x: Tensor) -> Tensor:
    """`log(1 + x)`, exact for small `x`."""
    return engine().log1p(x)


@op(promote="x", floating=True)
def sqrt(x: Tensor) -> Tensor:
    """Square root."""
    return engine().sqrt(x)


@op(promote="x", floating=True)
def sin(x: Tensor) -> Tensor:
    """Sine of `x` in radians."""
    return engine().sin(x)


@op(promote="x", floating=True)
def cos(x: Tensor) -> Tensor:
    """Cosine of `x` in radians."""
    return engine().cos(x)


@op(promote="x", floating=True)
def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    return engine().tanh(x)


@op(promote="x", floating=True)
def floor(x: Tensor) -> Tensor:
    """The largest whole number not above `x`."""
    return engine().floor(x)


@op(promote="x", floating=True)
def ceil(x: Tensor) -> Tensor:
    """The smallest whole number not below `x`."""
    return engine().ceil(x)


@op
def round(x: Tensor, decimals: int = 0) -> Tensor:
    """`x` rounded to `decimals` places, halves to even."""
    e = engine()
    if not dtypes.is_float(e.dtype(x)):
        return x
    if decimals == 0:
        return e.round(x)
    scale = 10.0**decimals
    return e.divide(e.round(e.multiply(x, scale)), scale)
