"""Activations in pieces: ramps, steps and shrinkage. All keep the shape.

Where two pieces meet, `where` and not `minimum` decides the slope: it is one of the two pieces', on
every engine, and not a mean of both.
"""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, engine, op

__all__ = [
    "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "relu",
    "relu6", "soft_shrink", "sparse_plus", "sparse_sigmoid", "threshold",
]  # fmt: skip


@op
def relu(x: Tensor) -> Tensor:
    """Compute `max(x, 0)`; its slope at 0 is 0.

    Example:
        >>> relu(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """
    return engine().relu(x)


@op(promote="x", floating=True)
def relu6(x: Tensor) -> Tensor:
    """Compute `min(max(x, 0), 6)`; its slope at 0 and at 6 is 0."""
    e = engine()
    return e.where(e.greater_equal(x, 6.0), 6.0, e.relu(x))


@op(promote="x", floating=True)
def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """Return `x` where it is positive, else `negative_slope * x`."""
    e = engine()
    return e.where(e.greater(x, 0), x, e.multiply(x, negative_slope))


def _ramp(x: Any) -> Any:
    """Return `x` between 0 and 1, flat outside and at both ends."""
    e = engine()
    return e.where(e.less_equal(x, 0.0), 0.0, e.where(e.greater_equal(x, 1.0), 1.0, x))


@op(promote="x", floating=True)
def hard_sigmoid(x: Tensor) -> Tensor:
    """Approximate the sigmoid by three straight pieces, `clip(x / 6 + 1/2, 0, 1)`; its slope at -3 and 3 is 0."""
    return _ramp(engine().add(engine().divide(x, 6.0), 0.5))


@op(promote="x", floating=True)
def hard_silu(x: Tensor) -> Tensor:
    """Compute `x * hard_sigmoid(x)`, also called hard swish.

    Example:
        >>> hard_silu(np.array([-4.0, 0.0, 4.0])).tolist()
        [-0.0, 0.0, 4.0]

    Source: Howard et al. 2019, "Searching for MobileNetV3".
    """
    e = engine()
    return e.multiply(x, _ramp(e.add(e.divide(x, 6.0), 0.5)))


hard_swish = hard_silu  # Keras' other spelling


@op
def hard_tanh(x: Tensor) -> Tensor:
    """Return `x` between -1 and 1, and these beyond. Integers stay integers.

    Example:
        >>> hard_tanh(np.array([-3.0, 0.5, 3.0])).tolist()
        [-1.0, 0.5, 1.0]
    """
    e = engine()
    x = e.cast(x, "int32") if e.dtype(x) == "bool" else x
    if "uint" in e.dtype(x):
        return e.where(e.greater(x, 1), 1, x)
    return e.where(e.greater(x, 1), 1, e.where(e.less(x, -1), -1, x))


@op(promote="x", floating=True)
def hard_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """Return `x` where its magnitude is above `threshold`, else 0.

    Example:
        >>> hard_shrink(np.array([-1.0, 0.2, 1.0])).tolist()
        [-1.0, 0.0, 1.0]
    """
    e = engine()
    return e.where(e.greater(e.abs(x), threshold), x, 0.0)


@op(promote="x", floating=True)
def soft_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """Move `x` toward 0 by `threshold`; it is 0 where it is nearer than that.

    Example:
        >>> soft_shrink(np.array([-1.0, 0.2, 1.0])).tolist()
        [-0.5, 0.0, 0.5]
    """
    e = engine()
    below = e.where(e.less(x, -threshold), e.add(x, threshold), 0.0)
    return e.where(e.greater(x, threshold), e.subtract(x, threshold), below)


@op(promote="x default_value")
def threshold(x: Tensor, threshold: float, default_value: Tensor) -> Tensor:
    """Return `x` where it is above `threshold`, else `default_value`.

    Example:
        >>> threshold(np.array([0.5, 2.0]), 1.0, -1.0).tolist()
        [-1.0, 2.0]
    """
    return engine().where(engine().greater(x, threshold), x, default_value)


@op(promote="x", floating=True)
def sparse_plus(x: Tensor) -> Tensor:
    """Return 0 up to -1, `x` from 1 on, and `(x + 1)**2 / 4` between: the softplus of sparsemax.

    Example:
        >>> sparse_plus(np.array([-2.0, 0.0, 2.0])).tolist()
        [0.0, 0.25, 2.0]
    """
    e = engine()
    bend = e.multiply(e.square(e.add(x, 1.0)), 0.25)
    return e.where(e.less_equal(x, -1.0), 0.0, e.where(e.less(x, 1.0), bend, x))


@op(promote="x", floating=True)
def sparse_sigmoid(x: Tensor) -> Tensor:
    """Return the slope of `sparse_plus`: 0 up to -1, 1 from 1 on, and `(x + 1) / 2` between.

    Example:
        >>> sparse_sigmoid(np.array([-2.0, 0.0, 2.0])).tolist()
        [0.0, 0.5, 1.0]
    """
    return _ramp(engine().multiply(engine().add(x, 1.0), 0.5))
