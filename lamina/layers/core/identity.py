"""`Identity`: nothing at all, as a layer."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina.layers.layer import Layer


class Identity(Layer):
    """Hand on the inputs, a tensor or a tree of tensors, as they are.

    Example:
        >>> import lamina
        >>> lamina.layers.Identity()(np.array([1.0, 2.0], "float32")).tolist()
        [1.0, 2.0]
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("activity_regularizer",)

    supports_masking = True
    passes_on = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs
