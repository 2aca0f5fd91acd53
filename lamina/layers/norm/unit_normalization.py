"""`UnitNormalization`: each sample with length 1."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Axes
from lamina.layers.arguments import from_fields
from lamina.layers.norm.base import Normalization


@from_fields
class UnitNormalization(Normalization):
    """Divide by the Euclidean norm along `axis`.

    Shapes: any to the same.

    Args:
        axis: an axis or several, along which squares are summed.

    Example:
        >>> import lamina
        >>> y = lamina.layers.UnitNormalization()(np.array([[3.0, 4.0]], "float32"))
        >>> [round(float(x), 3) for x in y[0]]
        [0.6, 0.8]
    """

    axis: Axes = -1

    def call(self, inputs: Any) -> Any:
        """Divide by the norm; a sample of zeros stays zero."""
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        x = self.widened(inputs)
        total = ops.sum(ops.square(x), axis=axis, keepdims=True)
        return self.narrowed(ops.multiply(x, ops.rsqrt(ops.maximum(total, 1e-12))))
