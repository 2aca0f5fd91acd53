"""`Rescaling`: values moved to another range."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer


@from_fields
class Rescaling(PreprocessingLayer):
    """Compute `inputs * scale + offset`, in training and at inference alike.

    Integers become floats.

    Args:
        scale: a number, or one for each entry of the last axis (or whatever broadcasts).
        offset: the same.

    Raises:
        ValueError: `scale` or `offset` does not broadcast to the inputs.

    Example:
        >>> import lamina
        >>> lamina.layers.Rescaling(1 / 127.5, offset=-1)(np.array([0, 255], "uint8")).tolist()
        [-1.0, 1.0]
    """

    supports_masking = True

    scale: Any
    offset: Any = 0.0

    def call(self, inputs: Any) -> Any:
        """Scale and move."""
        x = ops.cast(inputs, self.compute_dtype)
        scale, offset = (ops.cast(v, self.compute_dtype) for v in (self.scale, self.offset))
        scaled = ops.add(ops.multiply(x, scale), offset)
        if tuple(scaled.shape) != tuple(x.shape):
            raise ValueError(
                f"Rescaling: `scale` of shape {tuple(ops.shape(scale))} and `offset` of shape "
                f"{tuple(ops.shape(offset))} must broadcast to inputs of shape {tuple(x.shape)}."
            )
        return scaled
