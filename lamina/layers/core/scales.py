"""Layers that only networks of `lamina.applications` have: no public names, but files name them."""

from __future__ import annotations

from typing import Any

from lamina import initializers
from lamina.core import registry
from lamina.layers.layer import Layer


class LayerScale(Layer):
    """Scale each channel by a weight of its own (Touvron et al. 2021, "Going deeper with image transformers").

    Args:
        init_values: initial value of the weights.
        projection_dim: number of channels.

    Example:
        >>> LayerScale(0.5, 2)(np.ones((1, 2), "float32")).tolist()
        [[0.5, 0.5]]
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        if tuple(input_shape[-1:]) != (self.projection_dim,):
            raise ValueError(
                f"LayerScale {self.name!r} scales {self.projection_dim} channels, but inputs have the shape "
                f"{tuple(input_shape)}."
            )
        start = initializers.Constant(self.init_values)
        self.gamma = self.add_weight((self.projection_dim,), initializer=start, name="gamma")

    def call(self, x: Any) -> Any:
        """Return the scaled channels, shape as it is."""
        return x * self.gamma


class CustomScaleLayer(Layer):
    """Add the second input, scaled, to the first.

    Args:
        scale: factor of the second input.

    Example:
        >>> one = np.ones((1, 1), "float32")
        >>> CustomScaleLayer(0.5)([one, one]).tolist()
        [[1.5]]
    """

    def __init__(self, scale: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        """Return `first + scale * second`, shape as theirs."""
        first, second = inputs
        return first + self.scale * second


registry.Shelf("src.applications.convnext", "layer", {"LayerScale": LayerScale})
registry.Shelf(
    "src.applications.inception_resnet_v2", "layer", {"CustomScaleLayer": CustomScaleLayer}
)
