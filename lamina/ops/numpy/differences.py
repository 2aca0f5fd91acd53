"""Differences between neighbours, and integrals from samples."""

from __future__ import annotations

from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.axes import part

__all__ = ["diff", "trapezoid"]


@op
def diff(a: Tensor, n: int = 1, axis: int = -1) -> Tensor:
    """Subtract neighbours along `axis`, `n` times; of booleans, say whether they differ.

    Example:
        >>> diff([1, 4, 9, 16], n=2).tolist()
        [2, 2]
    """
    if n < 0:
        raise ValueError(f"ops.diff: `n` is how often, so not negative; {n} was given.")
    e = engine()
    subtract = e.not_equal if e.dtype(a) == "bool" else e.subtract
    for _ in range(n):
        a = subtract(part(a, axis, slice(1, None)), part(a, axis, slice(0, -1)))
    return a


@op(promote="y x", floating=True, single=True)
def trapezoid(y: Tensor, x: Tensor = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """Integrate samples `y` along `axis` by the trapezoidal rule, floating.

    Args:
        x: where the samples lie: of the shape of `y`, or 1-d along `axis`.
        dx: their distance, if `x` is not given.

    Example:
        >>> float(trapezoid([1.0, 2.0, 3.0]))
        4.0
    """
    e = engine()
    mean = e.multiply(e.add(part(y, axis, slice(1, None)), part(y, axis, slice(0, -1))), 0.5)
    if x is None:
        return e.multiply(e.sum(mean, axis=axis), dx)
    if len(e.shape(x)) == 1:
        spread = [1] * len(e.shape(y))
        spread[axis] = e.shape(x)[0]
        x = e.reshape(x, tuple(spread))
    width = e.subtract(part(x, axis, slice(1, None)), part(x, axis, slice(0, -1)))
    return e.sum(e.multiply(mean, width), axis=axis)
