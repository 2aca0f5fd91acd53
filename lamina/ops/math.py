"""Mathematics beyond NumPy's namespace."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.engine.contract import Axis
from lamina.ops.numpy.axes import axes_of, floating, peak

__all__ = [
    "erf", "erfc", "erfinv", "gammainc", "in_top_k", "logsumexp", "rsqrt", "top_k",
    "view_as_complex", "view_as_real",
]  # fmt: skip


@op(promote="x", floating=True)
def rsqrt(x: Tensor) -> Tensor:
    """Compute `1 / sqrt(x)`."""
    return engine().rsqrt(x)


@op(promote="x", floating=True)
def erf(x: Tensor) -> Tensor:
    """Compute the error function, `2 / sqrt(pi)` times the integral of `exp(-t**2)` from 0 to `x`."""
    return engine().erf(x)


@op(promote="x", floating=True)
def erfc(x: Tensor) -> Tensor:
    """Compute `1 - erf(x)`, exact where that is small.

    Example:
        >>> round(float(erfc(3.0)), 8)
        2.209e-05
    """
    return engine().erfc(x)


@op(promote="x", floating=True)
def erfinv(x: Tensor) -> Tensor:
    """Compute the inverse of `erf`: infinite at -1 and 1, NaN beyond.

    Example:
        >>> round(float(erfinv(0.5)), 6)
        0.476936
    """
    return engine().erfinv(x)


@op(promote="x1 x2", floating=True, arrays=True)
def gammainc(x1: Tensor, x2: Tensor) -> Tensor:
    """Compute the regularized lower incomplete gamma function P(x1, x2), for positive x1.

    It is the integral of `t**(x1 - 1) * exp(-t)` from 0 to `x2`, divided by that to infinity.

    Example:
        >>> round(float(gammainc(1.0, 2.0)), 6)  # 1 - exp(-2)
        0.864665
    """
    e = engine()
    shape = np.broadcast_shapes(e.shape(x1), e.shape(x2))
    return e.gammainc(e.broadcast_to(x1, shape), e.broadcast_to(x2, shape))


@op
def logsumexp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Compute `log(sum(exp(x)))` along `axis`, without overflow; -inf of no elements."""
    e, axis = engine(), axes_of(axis)
    x = floating(x)
    largest = peak(x, axis)
    largest = e.where(e.isfinite(largest), largest, 0)  # all of -inf: the result is -inf, not NaN
    total = e.log(e.sum(e.exp(e.subtract(x, largest)), axis=axis, keepdims=keepdims))
    return e.add(total, largest if keepdims else e.reshape(largest, e.shape(total)))


@op
def top_k(x: Tensor, k: int, sorted: bool = True, is_stable: bool = False) -> tuple[Any, Any]:
    """Return the `k` largest elements along the last axis, and their indices (int32).

    Of equal elements the first come first; NaN counts as the largest.

    Args:
        sorted, is_stable: accepted; the elements always descend, and equal ones keep their order.

    Raises:
        ValueError: the last axis has fewer than `k` elements.

    Example:
        >>> values, indices = top_k(np.array([1.0, 3.0, 2.0]), 2)
        >>> values.tolist(), indices.tolist()
        ([3.0, 2.0], [1, 2])
    """
    e = engine()
    n = e.shape(x)[-1]
    if not 0 <= k <= n:
        raise ValueError(
            f"ops.top_k: `k` is {k}, but the last axis of a tensor of shape {e.shape(x)} has {n} elements."
        )
    # Ascending from the end: of equal elements the last is then the first in `x`.
    order = e.argsort(e.flip(x, -1), -1)
    indices = e.subtract(n - 1, e.getitem(e.flip(order, -1), (..., slice(0, k))))
    return e.take_along_axis(x, indices, -1), indices


@op
def in_top_k(targets: Tensor, predictions: Tensor, k: int) -> Tensor:
    """Say whether fewer than `k` predictions are larger than that of the target, boolean `(batch,)`.

    False where the target's prediction is not finite, or the class does not exist.

    Args:
        targets: classes, integers `(batch,)`.
        predictions: `(batch, classes)`.

    Example:
        >>> in_top_k(np.array([2, 0]), np.array([[0.1, 0.9, 0.8], [0.1, 0.2, 0.3]]), 2).tolist()
        [True, False]
    """
    e = engine()
    classes, targets = e.shape(predictions)[-1], e.cast(targets, "int32")
    there = e.logical_and(e.greater_equal(targets, 0), e.less(targets, classes))
    at = e.reshape(e.where(there, targets, 0), (-1, 1))
    chosen = e.take_along_axis(predictions, at, -1)
    larger = e.sum(e.cast(e.greater(predictions, chosen), "int32"), axis=-1, keepdims=False)
    valid = e.logical_and(there, e.isfinite(e.reshape(chosen, (-1,))))
    return e.logical_and(valid, e.less(larger, k))


@op
def view_as_complex(x: Tensor) -> Tensor:
    """Join the real and imaginary parts that lie along the last axis, of size 2, to complex numbers.

    Raises:
        ValueError: the last axis has another size.

    Example:
        >>> view_as_complex(np.array([[1.0, 2.0]], "float32")).tolist()
        [(1+2j)]
    """
    e = engine()
    if not e.shape(x) or e.shape(x)[-1] != 2:
        raise ValueError(
            "ops.view_as_complex: the last axis must have size 2, for the real and the imaginary "
            f"part; the tensor has shape {tuple(e.shape(x))}."
        )
    x = x if e.dtype(x) in ("float32", "float64") else e.cast(x, "float32")
    return e.make_complex(*(e.getitem(x, (..., i)) for i in (0, 1)))


@op
def view_as_real(x: Tensor) -> Tensor:
    """Return the real and imaginary parts of `x` along a new last axis, of size 2.

    Example:
        >>> view_as_real(np.array([1 + 2j], "complex64")).tolist()
        [[1.0, 2.0]]
    """
    e = engine()
    if not dtypes.is_complex(e.dtype(x)):
        return e.stack([x, e.full(e.shape(x), 0, e.dtype(x))], -1)
    return e.stack([e.real(x), e.imag(x)], -1)
