"""`SeparableConv1D`, `SeparableConv2D`: first each channel by itself, then the channels at each place."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.layers.arguments import from_fields, weight
from lamina.layers.conv.windowed import Windowed, Windows


@from_fields
class SeparableConv(Windowed, Windows):
    """Abstract: a depthwise convolution, whose channels are then mixed at each place.

    Shapes: depthwise kernel `(*kernel_size, channels, depth_multiplier)`, pointwise kernel
    `(*ones, channels * depth_multiplier, filters)`, bias `(filters,)`.

    Args:
        depth_multiplier: filters of each channel in the first step.

    The others are those of `Windowed`.
    """

    depth_multiplier: Count = 1
    activation: Any = None
    use_bias: bool = True
    depthwise_initializer: Any = "glorot_uniform"
    pointwise_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    depthwise_regularizer: Any = None
    pointwise_regularizer: Any = None
    bias_regularizer: Any = None
    activity_regularizer: Any = None
    depthwise_constraint: Any = None
    pointwise_constraint: Any = None
    bias_constraint: Any = None

    def build(self, input_shape: Any) -> None:
        """Make both kernels and the bias."""
        shape = (*self.kernel_size, self.channels_of(input_shape), self.depth_multiplier)
        self.depthwise_kernel = weight(self, "depthwise", shape, "depthwise_kernel")
        deep = self.depthwise_kernel.shape[-2] * self.depth_multiplier
        shape = (*(1,) * self.rank, deep, self.filters)
        self.pointwise_kernel = weight(self, "pointwise", shape, "pointwise_kernel")
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve, mix, add the bias, activate."""
        kernels = (self.depthwise_kernel, self.pointwise_kernel)
        return self.finished(ops.separable_conv(inputs, *kernels, *self.window))


class SeparableConv1D(SeparableConv):
    """Slide windows over a sequence, for each channel its own; mix the channels, then `activation`.

    Shapes: `(batch, time, channels)` to `(batch, new_time, filters)`. Arguments: those of
    `SeparableConv2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.SeparableConv1D(16, 3)(np.zeros((4, 10, 8), "float32")).shape
        (4, 8, 16)

    Source: Chollet 2017, "Xception".
    """

    rank = 1


class SeparableConv2D(SeparableConv):
    """Slide windows over an image, for each channel its own; mix the channels, then `activation`.

    Shapes: `(batch, rows, columns, channels)` to `(batch, new_rows, new_columns, filters)`.

    Args:
        depth_multiplier: filters of each channel in the first step.
        depthwise_initializer, pointwise_initializer, bias_initializer: where the weights start;
            `..._regularizer` and `..._constraint` likewise.

    The others are those of `Conv2D`, without groups.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.SeparableConv2D(16, 3)(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 8, 8, 16)

    Source: Chollet 2017, "Xception".
    """

    rank = 2
