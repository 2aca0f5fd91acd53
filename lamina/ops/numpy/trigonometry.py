"""Circular and hyperbolic functions and their inverses; angles are in radians."""

from __future__ import annotations

import math

from lamina.core.op import Tensor, engine, op

__all__ = [
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh",
    "deg2rad", "i0", "rad2deg", "sin", "sinc", "sinh", "tan", "tanh",
]  # fmt: skip


@op(promote="x", floating=True)
def sin(x: Tensor) -> Tensor:
    """Return the sine of `x` in radians."""
    return engine().sin(x)


@op(promote="x", floating=True)
def cos(x: Tensor) -> Tensor:
    """Return the cosine of `x` in radians."""
    return engine().cos(x)


@op(promote="x", floating=True)
def tanh(x: Tensor) -> Tensor:
    """Return the hyperbolic tangent."""
    return engine().tanh(x)


@op(promote="x", floating=True)
def tan(x: Tensor) -> Tensor:
    """Return the tangent."""
    return engine().tan(x)


@op(promote="x", floating=True)
def arcsin(x: Tensor) -> Tensor:
    """Return the angle from -pi/2 to pi/2 whose sine is `x`; NaN outside of [-1, 1]."""
    return engine().arcsin(x)


@op(promote="x", floating=True)
def arccos(x: Tensor) -> Tensor:
    """Return the angle from 0 to pi whose cosine is `x`; NaN outside of [-1, 1]."""
    return engine().arccos(x)


@op(promote="x", floating=True)
def arctan(x: Tensor) -> Tensor:
    """Return the angle from -pi/2 to pi/2 whose tangent is `x`."""
    return engine().arctan(x)


@op(promote="x", floating=True)
def sinh(x: Tensor) -> Tensor:
    """Return the hyperbolic sine, `(exp(x) - exp(-x)) / 2`."""
    return engine().sinh(x)


@op(promote="x", floating=True)
def cosh(x: Tensor) -> Tensor:
    """Return the hyperbolic cosine, `(exp(x) + exp(-x)) / 2`."""
    return engine().cosh(x)


@op(promote="x", floating=True)
def arcsinh(x: Tensor) -> Tensor:
    """Return the number whose hyperbolic sine is `x`."""
    return engine().arcsinh(x)


@op(promote="x", floating=True)
def arccosh(x: Tensor) -> Tensor:
    """Return the positive number whose hyperbolic cosine is `x`; NaN below 1."""
    return engine().arccosh(x)


@op(promote="x", floating=True)
def arctanh(x: Tensor) -> Tensor:
    """Return the number whose hyperbolic tangent is `x`; NaN outside of [-1, 1]."""
    return engine().arctanh(x)


@op(promote="x1 x2", floating=True)
def arctan2(x1: Tensor, x2: Tensor) -> Tensor:
    """Return the angle of the point `(x2, x1)` from -pi to pi; the signs tell the quadrant.

    Example:
        >>> arctan2([1.0, -1.0], [0.0, 0.0]).tolist()
        [1.57..., -1.57...]
    """
    return engine().arctan2(x1, x2)


@op(promote="x", floating=True)
def deg2rad(x: Tensor) -> Tensor:
    """Convert degrees to radians."""
    return engine().multiply(x, math.pi / 180)


@op(promote="x", floating=True)
def rad2deg(x: Tensor) -> Tensor:
    """Convert radians to degrees."""
    return engine().multiply(x, 180 / math.pi)


@op(promote="x", floating=True)
def sinc(x: Tensor) -> Tensor:
    """Compute `sin(pi x) / (pi x)`, and 1 at 0."""
    e = engine()
    angle = e.multiply(x, math.pi)
    is_zero = e.equal(angle, 0)
    safe = e.where(is_zero, 1.0, angle)
    return e.where(is_zero, 1.0, e.divide(e.sin(safe), safe))


@op(promote="x", floating=True)
def i0(x: Tensor) -> Tensor:
    """Compute the modified Bessel function of the first kind, order 0.

    Source: M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, section 9.6.
    """
    return engine().i0(x)
