"""`DepthwiseConv1D`, `DepthwiseConv2D`: each channel is convolved by itself."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.layers.arguments import from_fields, per_axis, weight
from lamina.layers.conv.windowed import Windowed
from lamina.layers.windows import DataFormat, Padding, Sizes


@from_fields
class DepthwiseConv(Windowed):
    """Abstract: `depth_multiplier` filters for each channel, which see only that channel.

    Shapes: kernel `(*kernel_size, channels, depth_multiplier)`, bias `(channels * depth_multiplier,)`.

    Args:
        depth_multiplier: filters of each channel.

    The others are those of `Windowed`.
    """

    kernel_size: Sizes
    strides: Sizes = per_axis(1)
    padding: Padding = "valid"
    depth_multiplier: Count = 1
    data_format: DataFormat = None
    dilation_rate: Sizes = per_axis(1)
    activation: Any = None
    use_bias: bool = True
    depthwise_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    depthwise_regularizer: Any = None
    bias_regularizer: Any = None
    activity_regularizer: Any = None
    depthwise_constraint: Any = None
    bias_constraint: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        shape = (*self.kernel_size, self.channels_of(input_shape), self.depth_multiplier)
        self.kernel = weight(self, "depthwise", shape, "kernel")
        self.add_bias(self.kernel.shape[-2] * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, activate."""
        return self.finished(ops.depthwise_conv(inputs, self.kernel, *self.window))


class DepthwiseConv1D(DepthwiseConv):
    """Slide windows over a sequence, for each channel its own, then `activation`.

    Shapes: `(batch, time, channels)` to `(batch, new_time, channels * depth_multiplier)`.
    Arguments: those of `DepthwiseConv2D`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.DepthwiseConv1D(3, depth_multiplier=2)
        >>> layer(np.zeros((4, 10, 8), "float32")).shape
        (4, 8, 16)

    Source: Chollet 2017, "Xception".
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """Slide windows over an image, for each channel its own, then `activation`.

    Shapes: `(batch, rows, columns, channels)` to
    `(batch, new_rows, new_columns, channels * depth_multiplier)`; kernel
    `(*kernel_size, channels, depth_multiplier)`.

    Args:
        depth_multiplier: filters of each channel.
        depthwise_initializer, bias_initializer: where the weights start; `..._regularizer` and
            `..._constraint` likewise.

    The others are those of `Conv2D`, without filters and groups.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.DepthwiseConv2D(3, depth_multiplier=2)
        >>> layer(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 8, 8, 6)

    Source: Chollet 2017, "Xception".
    """

    rank = 2
