"""`RMSNormalization`: each sample with a mean square of 1."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Axes
from lamina.layers.arguments import from_fields
from lamina.layers.norm.base import Normalization


@from_fields
class RMSNormalization(Normalization):
    """Divide by the root of the mean square along `axis`, then scale.

        y = x / sqrt(mean(x²) + epsilon) * scale

    Shapes: any to the same; the scale has the sizes of `axis`.

    Args:
        axis: an axis or several, along which the mean is taken.
        epsilon: added to the mean square.

    Raises:
        ValueError: the size of an axis is unknown.

    Example:
        >>> import lamina
        >>> y = lamina.layers.RMSNormalization()(np.array([[3.0, -3.0]], "float32"))
        >>> np.round(np.asarray(y), 3).tolist()
        [[1.0, -1.0]]

    Source: Zhang & Sennrich 2019.
    """

    axis: Axes = -1
    epsilon: float = 1e-6

    def build(self, input_shape: Any) -> None:
        """Make the scale."""
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        self.scale = self.add_weight(
            tuple(input_shape[axis] for axis in axes), "ones", autocast=False, name="scale"
        )

    def call(self, inputs: Any) -> Any:
        """Divide by the root mean square, and scale."""
        x = ops.rms_normalization(self.widened(inputs), self.scale, self.axis, self.epsilon)
        return self.narrowed(x)
