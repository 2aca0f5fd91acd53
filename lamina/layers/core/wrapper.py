"""`Wrapper`: a layer around another one, to inherit from."""

from __future__ import annotations

from typing import Any, Unpack

from lamina.core.foreign import of_keras
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer


class Wrapper(Layer):
    """Hold a layer as `self.layer` and build it; what happens around its call is for subclasses.

    Args:
        layer: the layer within.

    Raises:
        ValueError: `layer` is not a layer.

    Example:
        >>> import lamina
        >>> class Doubled(lamina.layers.Wrapper):
        ...     def call(self, inputs):
        ...         return self.layer(inputs) * 2
        >>> Doubled(lamina.layers.Dense(3))(np.zeros((5, 2), "float32")).shape
        (5, 3)
    """

    def __init__(self, layer: Layer, **kwargs: Unpack[Options]):
        if not isinstance(layer, Layer):
            raise ValueError(f"Wrapper: `layer` must be a layer, not {layer!r}.{of_keras(layer)}")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer within for the same input."""
        if not self.layer.built:
            self.layer.build(input_shape)
