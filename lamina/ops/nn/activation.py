"""Activations. All keep the shape; integers become `floatx`."""

from __future__ import annotations

import math
from typing import Any

from lamina.core.op import Tensor, op
from lamina.engine.current import engine

__all__ = [
    "elu",
    "gelu",
    "hard_sigmoid",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
]


@op
def relu(x: Tensor) -> Tensor:
    """`max(x, 0)`; its gradient at 0 is 0."""
    return engine().relu(x)


@op(promote="x", floating=True)
def relu6(x: Tensor) -> Tensor:
    """`min(max(x, 0), 6)`."""
    e = engine()
    return e.minimum(e.relu(x), 6.0)


@op(promote="x", floating=True)
def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """`x` where positive, else `negative_slope * x`."""
    e = engine()
    return e.where(e.greater(x, 0), x, e.multiply(x, negative_slope))


@op(promote="x", floating=True)
def sigmoid(x: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`."""
    return engine().sigmoid(x)


@op(promote="x", floating=True)
def hard_sigmoid(x: Tensor) -> Tensor:
    """A sigmoid of three straight pieces, `clip(x / 6 + 1/2, 0, 1)`."""
    e = engine()
    return e.minimum(e.maximum(e.add(e.divide(x, 6.0), 0.5), 0.0), 1.0)


@op(promote="x", floating=True)
def log_sigmoid(x: Tensor) -> Tensor:
    """`log(sigmoid(x))`, without underflow."""
    e = engine()
    return e.negative(_softplus(e.negative(x)))


def _softplus(x: Any) -> Any:
    e = engine()
    return e.add(e.relu(x), e.log1p(e.exp(e.negative(e.abs(x)))))


@op(promote="x", floating=True)
def softplus(x: Tensor) -> Tensor:
    """`log(1 + exp(x))`, a smooth ramp."""
    return _softplus(x)


@op(promote="x", floating=True)
def softsign(x: Tensor) -> Tensor:
    """`x / (1 + |x|)`."""
    e = engine()
    return e.divide(x, e.add(e.abs(x), 1.0))


@op(promote="x", floating=True)
def silu(x: Tensor) -> Tensor:
    """`x * sigmoid(x)`, also called swish.

    Source: Elfwing et al. 2017; Ramachandran et al. 2017.
    """
    e = engine()
    return e.multiply(x, e.sigmoid(x))


@op(promote="x", floating=True)
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """`x` where positive, else `alpha * (exp(x) - 1)`.

    Source: Clevert et al. 2015.
    """
    e = engine()
    # exp is taken of the negative part only: a large positive x would make inf * 0 in the gradient.
    return e.where(e.greater(x, 0), x, e.multiply(e.expm1(e.minimum(x, 0.0)), alpha))


@op(promote="x", floating=True)
def selu(x: Tensor) -> Tensor:
    """`scale * elu(x, alpha)` with the constants that keep mean 0 and variance 1.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks".
    """
    return engine().multiply(elu(x, 1.6732632423543772), 1.0507009873554805)


@op(promote="x", floating=True)
def gelu(x: Tensor, approximate: bool = True) -> Tensor:
    """`x * P(X <= x)` for a standard normal X; with `approximate` through tanh.

    Source: Hendrycks & Gimpel 2016.
    """
    e = engine()
    if approximate:
        inner = e.multiply(
            e.add(x, e.multiply(e.multiply(e.square(x), x), 0.044715)), math.sqrt(2 / math.pi)
        )
        return e.multiply(e.multiply(x, 0.5), e.add(e.tanh(inner), 1.0))
    return e.multiply(e.multiply(x, 0.5), e.add(e.erf(e.multiply(x, math.sqrt(0.5))), 1.0))


@op(promote="x", floating=True)
def softmax(x: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Positive numbers that sum to 1 along `axis`: `exp(x) / sum(exp(x))`.

    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    e = engine()
    scaled = e.exp(e.subtract(x, e.stop_gradient(e.max(x, axis, True))))
    return e.divide(scaled, e.sum(scaled, axis, True))


@op(promote="x", floating=True)
def log_softmax(x: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Logarithm of the softmax of `x` along `axis`, without underflow."""
    e = engine()
    shifted = e.subtract(x, e.stop_gradient(e.max(x, axis, True)))
    return e.subtract(shifted, e.log(e.sum(e.exp(shifted), axis, True)))
