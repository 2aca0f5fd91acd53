"""`Activation`: any activation function as a layer."""

from __future__ import annotations

from typing import Any

from lamina.layers.arguments import from_fields
from lamina.layers.regularizable import Regularizable


@from_fields
class Activation(Regularizable):
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

    def call(self, inputs: Any) -> Any:
        """Return `activation(inputs)`."""
        return self.activation(inputs)
