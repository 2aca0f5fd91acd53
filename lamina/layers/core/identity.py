"""`Identity`: nothing at all, as a layer."""

from __future__ import annotations

from typing import Any

from lamina.layers.layer import Layer


class Identity(Layer):
    """Hand on the inputs, a tensor or a tree of tensors, as they are.

    Example:
        >>> import lamina
        >>> lamina.layers.Identity()(np.array([1.0, 2.0], "float32")).tolist()
        [1.0, 2.0]
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The inputs."""
        return inputs
