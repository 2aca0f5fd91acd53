"""`Masking`: time steps that do not count."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.core.argument_kinds import number
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer


class Masking(Layer):
    """Mask the time steps whose features all equal `mask_value`, and set these to 0.

    Shapes: `(batch, time, features)` to the same; the mask is `(batch, time)`.

    Args:
        mask_value: the number that marks a step as missing.

    Example:
        >>> import lamina
        >>> x = np.array([[[1.0, 2.0], [9.0, 9.0]]], "float32")
        >>> lamina.layers.Masking(mask_value=9.0)(x).tolist()
        [[[1.0, 2.0], [0.0, 0.0]]]
    """

    supports_masking = True
    passes_on = True

    def __init__(self, mask_value: float = 0.0, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        self.mask_value = number(self, "mask_value", mask_value)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return a mask that is true at the steps that count."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Return the inputs, 0 at masked steps."""
        counts = ops.expand_dims(self.compute_mask(inputs), -1)
        return ops.where(counts, inputs, ops.zeros_like(inputs))
