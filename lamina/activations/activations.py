"""Activations whose Keras signature is not that of an op; all others are the ops themselves."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.op import Tensor, op
from lamina.engine.current import engine


def linear(x: Any) -> Any:
    """`x` itself.

    Example:
        >>> import lamina
        >>> lamina.activations.linear(3.0)
        3.0
    """
    return x


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """`max(x, 0)`, or a ramp with other bends.

        max_value                        where max_value <= x
        x                                where threshold <= x < max_value
        negative_slope * (x - threshold) elsewhere

    Args:
        negative_slope: slope below `threshold`.
        max_value: the ceiling; `None` for none.
        threshold: where the ramp begins.

    Example:
        >>> import lamina
        >>> lamina.activations.relu(np.array([-1.0, 0.5, 9.0]), max_value=6.0).tolist()
        [0.0, 0.5, 6.0]
    """
    if negative_slope == 0 and max_value is None and threshold == 0:
        return ops.relu(x)
    return _bent_relu(x, negative_slope, max_value, threshold)


@op(promote="x", floating=True)
def _bent_relu(
    x: Tensor, negative_slope: float, max_value: float | None, threshold: float
) -> Tensor:
    e = engine()
    if threshold == 0:
        above = e.relu(x)
    else:
        above = e.where(e.greater(x, threshold), x, e.full((), 0, e.dtype(x)))
    if max_value is not None:
        above = e.minimum(above, float(max_value))
    if negative_slope == 0:
        return above
    below = e.relu(e.negative(x if threshold == 0 else e.subtract(x, threshold)))
    return e.subtract(above, e.multiply(below, float(negative_slope)))


def gelu(x: Any, approximate: bool = False) -> Any:
    """`x * P(X <= x)` for a standard normal X.

    Args:
        approximate: through tanh, faster and off by up to 5e-4. (`ops.gelu` does so by default.)

    Example:
        >>> import lamina
        >>> round(float(lamina.activations.gelu(np.array(1.0, "float32"))), 4)
        0.8413

    Source: Hendrycks & Gimpel 2016.
    """
    return ops.gelu(x, approximate)


def exponential(x: Any) -> Any:
    """`e ** x`.

    Example:
        >>> import lamina
        >>> float(lamina.activations.exponential(0.0))
        1.0
    """
    return ops.exp(x)


def mish(x: Any) -> Any:
    """`x * tanh(softplus(x))`.

    Example:
        >>> import lamina
        >>> round(float(lamina.activations.mish(1.0)), 4)
        0.8651

    Source: Misra 2019.
    """
    return ops.multiply(x, ops.tanh(ops.softplus(x)))
