"""`ActivityRegularization`: a loss computed from what passes."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import regularizers
from lamina.layers.arguments import Common
from lamina.layers.layer import Layer


class ActivityRegularization(Layer):
    """Hand on the inputs, and add `(l1 * sum(|x|) + l2 * sum(x²)) / batch size` to the loss.

    Args:
        l1: factor of the sum of absolute values.
        l2: factor of the sum of squares.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.ActivityRegularization(l1=0.5)
        >>> y = layer(np.array([[1.0, -3.0]], "float32"))
        >>> float(layer.losses[0])
        2.0
    """

    supports_masking = True
    passes_on = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Unpack[Common]):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1, self.l2 = l1, l2

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs
