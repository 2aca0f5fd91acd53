"""Mathematics beyond NumPy's namespace."""

from __future__ import annotations

from lamina.core.op import Tensor, op
from lamina.engine.contract import Axis
from lamina.engine.current import engine
from lamina.ops.numpy.axes import axes_of, floating

__all__ = ["erf", "logsumexp", "rsqrt"]


@op(promote="x", floating=True)
def rsqrt(x: Tensor) -> Tensor:
    """`1 / sqrt(x)`."""
    return engine().rsqrt(x)


@op(promote="x", floating=True)
def erf(x: Tensor) -> Tensor:
    """The error function, `2 / sqrt(pi)` times the integral of `exp(-t**2)` from 0 to `x`."""
    return engine().erf(x)


@op
def logsumexp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """`log(sum(exp(x)))` along `axis`, without overflow."""
    e, axis = engine(), axes_of(axis)
    x = floating(x)
    peak = e.stop_gradient(e.max(x, axis, True))
    peak = e.where(e.isfinite(peak), peak, 0)  # all of -inf: the result is -inf, not NaN
    total = e.log(e.sum(e.exp(e.subtract(x, peak)), axis, keepdims))
    return e.add(total, peak if keepdims else e.reshape(peak, e.shape(total)))
