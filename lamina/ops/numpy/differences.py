"""Differences between neighbours, and integrals from samples."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.ops.numpy.axes import in_single
from lamina.ops.numpy.operands import arrays

__all__ = [
    "diff",
    "trapezoid",
]


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
        a = subtract(_along(a, axis, slice(1, None)), _along(a, axis, slice(0, -1)))
    return a


def _along(x: Any, axis: int, cut: slice) -> Any:
    e = engine()
    return e.getitem(x, (slice(None),) * (axis % len(e.shape(x))) + (cut,))


@op(promote="y x", floating=True)
def trapezoid(y: Tensor, x: Tensor = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """Integrate samples `y` along `axis` by the trapezoidal rule, floating.

    Args:
        x: where the samples lie: of the shape of `y`, or 1-d along `axis`.
        dx: their distance, if `x` is not given.

    Example:
        >>> float(trapezoid([1.0, 2.0, 3.0]))
        4.0
    """
    samples = (y,) if x is None else arrays(y, x)
    return in_single(lambda *samples: _integral(*samples, dx=dx, axis=axis), *samples)


def _integral(y: Any, x: Any = None, *, dx: float, axis: int) -> Any:
    e = engine()
    mean = e.multiply(e.add(_along(y, axis, slice(1, None)), _along(y, axis, slice(0, -1))), 0.5)
    if x is None:
        return e.multiply(e.sum(mean, axis=axis), dx)
    if len(e.shape(x)) == 1:
        spread = [1] * len(e.shape(y))
        spread[axis] = e.shape(x)[0]
        x = e.reshape(x, tuple(spread))
    width = e.subtract(_along(x, axis, slice(1, None)), _along(x, axis, slice(0, -1)))
    return e.sum(e.multiply(mean, width), axis=axis)
