"""Smooth activations. All but `glu` keep the shape; integers become `floatx`."""

from __future__ import annotations

import math
from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.axes import part, peak

__all__ = [
    "celu", "elu", "gelu", "glu", "log_sigmoid", "log_softmax", "selu", "sigmoid", "silu",
    "softmax", "softplus", "softsign", "sparsemax", "squareplus", "swish", "tanh_shrink",
]  # fmt: skip


@op(promote="x", floating=True)
def sigmoid(x: Tensor) -> Tensor:
    """Compute `1 / (1 + exp(-x))`."""
    return engine().sigmoid(x)


@op(promote="x", floating=True)
def log_sigmoid(x: Tensor) -> Tensor:
    """Compute `log(sigmoid(x))`, without underflow."""
    return engine().negative(softplus_of(engine().negative(x)))


def softplus_of(x: Any) -> Any:
    """Compute `log(1 + exp(x))` without overflow, of a floating array."""
    e = engine()
    # At 0 the slope is the mean of both sides': that of a maximum is, that of relu is not.
    return e.add(e.maximum(x, 0.0), e.log1p(e.exp(e.negative(e.abs(x)))))


@op(promote="x", floating=True)
def softplus(x: Tensor) -> Tensor:
    """Compute `log(1 + exp(x))`, a smooth ramp."""
    return softplus_of(x)


@op(promote="x", floating=True)
def softsign(x: Tensor) -> Tensor:
    """Compute `x / (1 + |x|)`."""
    e = engine()
    return e.divide(x, e.add(e.abs(x), 1.0))


@op(promote="x", floating=True)
def silu(x: Tensor) -> Tensor:
    """Compute `x * sigmoid(x)`, also called swish.

    Source: Elfwing et al. 2017; Ramachandran et al. 2017.
    """
    return engine().multiply(x, engine().sigmoid(x))


swish = silu  # Keras' other spelling


@op(promote="x", floating=True)
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Return `x` where it is positive, else `alpha * (exp(x) - 1)`.

    Source: Clevert et al. 2015.
    """
    e = engine()
    return e.where(e.greater(x, 0), x, e.multiply(e.expm1(_not_above_0(x)), alpha))


def _not_above_0(x: Any) -> Any:
    """Return `x`, or 0 where it is positive: exp of a large number would make inf * 0 in the gradient.

    A minimum would halve the slope at 0.
    """
    return engine().where(engine().greater(x, 0), 0.0, x)


@op(promote="x", floating=True)
def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Return `x` where it is positive, else `alpha * (exp(x / alpha) - 1)`: smooth for every alpha.

    Example:
        >>> celu(np.array([0.0, 1.0])).tolist()
        [0.0, 1.0]

    Source: Barron 2017.
    """
    e = engine()
    below = e.multiply(e.expm1(e.divide(_not_above_0(x), alpha)), alpha)
    return e.where(e.greater(x, 0), x, below)


@op(promote="x", floating=True)
def selu(x: Tensor) -> Tensor:
    """Compute `scale * elu(x, alpha)` with the constants that keep mean 0 and variance 1.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks".
    """
    return engine().multiply(elu(x, 1.6732632423543772), 1.0507009873554805)


@op(promote="x", floating=True)
def gelu(x: Tensor, approximate: bool = True) -> Tensor:
    """Compute `x * P(X <= x)` for a standard normal X; with `approximate` through tanh.

    Source: Hendrycks & Gimpel 2016.
    """
    e = engine()
    if approximate:
        inner = e.multiply(
            e.add(x, e.multiply(e.multiply(e.square(x), x), 0.044715)), math.sqrt(2 / math.pi)
        )
        return e.multiply(e.multiply(x, 0.5), e.add(e.tanh(inner), 1.0))
    share = e.erf(e.divide(x, math.sqrt(2)))  # in this form ONNX Runtime knows a gelu
    return e.multiply(e.multiply(x, 0.5), e.add(share, 1.0))


@op(promote="x", floating=True, single=True)
def softmax(x: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Return positive numbers that sum to 1 along `axis`: `exp(x) / sum(exp(x))`.

    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    e = engine()
    scaled = e.exp(e.subtract(x, peak(x, axis)))
    return e.divide(scaled, e.sum(scaled, axis=axis, keepdims=True))


@op(promote="x", floating=True, single=True)
def log_softmax(x: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Compute the logarithm of the softmax of `x` along `axis`, without underflow."""
    e = engine()
    shifted = e.subtract(x, peak(x, axis))
    return e.subtract(shifted, e.log(e.sum(e.exp(shifted), axis=axis, keepdims=True)))


@op(promote="x", floating=True)
def glu(x: Tensor, axis: int = -1) -> Tensor:
    """Multiply each element in the first half of `x` along `axis` by the sigmoid of its partner in the second.

    Raises:
        ValueError: the size of the axis is odd.

    Example:
        >>> glu(np.array([4.0, 6.0, 0.0, 0.0])).tolist()
        [2.0, 3.0]

    Source: Dauphin et al. 2016, "Language modeling with gated convolutional networks".
    """
    e = engine()
    size = e.shape(x)[axis]
    if size % 2:
        raise ValueError(f"ops.glu: the size of axis {axis} must be even, but it is {size}.")
    gate = part(x, axis, slice(size // 2, size))
    return e.multiply(part(x, axis, slice(0, size // 2)), e.sigmoid(gate))


@op(promote="x", floating=True)
def squareplus(x: Tensor, b: float = 4) -> Tensor:
    """Compute `(x + sqrt(x**2 + b)) / 2`, a smooth ramp without exp.

    Example:
        >>> squareplus(np.array(0.0)).item()
        1.0

    Source: Barron 2021.
    """
    e = engine()
    return e.multiply(e.add(x, e.sqrt(e.add(e.square(x), float(b)))), 0.5)


@op(promote="x", floating=True)
def tanh_shrink(x: Tensor) -> Tensor:
    """Compute `x - tanh(x)`.

    Example:
        >>> tanh_shrink(np.array(0.0)).item()
        0.0
    """
    return engine().subtract(x, engine().tanh(x))


@op(promote="x", floating=True, single=True)
def sparsemax(x: Tensor, axis: int = -1) -> Tensor:
    """Return the probabilities nearest to `x` along `axis`: like softmax, but most are exactly 0.

    Example:
        >>> sparsemax(np.array([2.0, 1.5, -1.0])).tolist()
        [0.75, 0.25, 0.0]

    Source: Martins & Astudillo 2016.
    """
    e = engine()
    n, size = len(e.shape(x)), e.shape(x)[axis]
    if not size:
        return x
    x = e.subtract(x, peak(x, axis))
    # Which elements stay above the common threshold: found on sorted values, where they come first.
    fixed = e.stop_gradient(x)
    ordered = e.flip(e.take_along_axis(fixed, e.argsort(fixed, axis), axis), axis)
    counts = [1] * n
    counts[axis] = size
    count = e.reshape(e.arange(1, size + 1, 1, e.dtype(x)), tuple(counts))
    excess = e.subtract(e.cumsum(ordered, axis), 1.0)
    stays = e.greater(e.multiply(ordered, count), excess)
    kept = e.sum(e.cast(stays, e.dtype(x)), axis=axis, keepdims=True)
    lowest = e.min(e.where(stays, ordered, 0.0), axis=axis, keepdims=True)
    support = e.greater_equal(fixed, lowest)
    level = e.divide(
        e.subtract(e.sum(e.where(support, x, 0.0), axis=axis, keepdims=True), 1.0), kept
    )
    return e.where(support, e.subtract(x, level), 0.0)
