"""`Softmax` as a layer, with a mask."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Axes
from lamina.layers.arguments import from_fields
from lamina.layers.given_mask import check_mask
from lamina.layers.regularizable import Regularizable


@from_fields
class Softmax(Regularizable):
    """Positive numbers that sum to 1 along `axis`: `exp(x) / sum(exp(x))`.

    Args:
        axis: an axis, or several over which the sum is taken jointly.

    Called as `layer(inputs, mask=None)`; where `mask` (of the inputs' shape) is false the result is 0.

    Example:
        >>> import lamina
        >>> lamina.layers.Softmax()(np.zeros((1, 4), "float32")).tolist()
        [[0.25, 0.25, 0.25, 0.25]]
    """

    supports_masking = True

    axis: Axes = -1

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Take the softmax of what the mask counts."""
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        if mask is None or ops.ndim(mask) < ops.ndim(inputs):  # of steps, whose scores all count
            return ops.softmax(inputs, axis)
        sizes = zip(mask.shape, inputs.shape, strict=False)
        check_mask(self, mask, inputs, tuple(1 if m == 1 else n for m, n in sizes))
        # A finite number: with minus infinity a row that is masked entirely would be NaN.
        lowest = -3e4 if self.compute_dtype == "float16" else -1e9
        zero, mask = ops.zeros_like(inputs), ops.convert_to_tensor(mask)
        return ops.where(mask, ops.softmax(ops.where(mask, inputs, zero + lowest), axis), zero)
