"""`Activation`: any activation function as a layer."""

from __future__ import annotations

from typing import Any, Unpack

from lamina.layers.arguments import Options, keep
from lamina.layers.layer import Layer


class Activation(Layer):
    """Apply an activation function to each element (or along the last axis, as softmax does).

    Args:
        activation: name or function.

    Example:
        >>> import lamina
        >>> lamina.layers.Activation("relu")(np.array([-1.0, 2.0], "float32")).tolist()
        [0.0, 2.0]
    """

    supports_masking = True
    activation: Any

    def __init__(self, activation: Any, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        keep(self, locals())

    def call(self, inputs: Any) -> Any:
        """Return `activation(inputs)`."""
        return self.activation(inputs)
