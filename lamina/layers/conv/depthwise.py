"""`DepthwiseConv1D`, `DepthwiseConv2D`: each channel is convolved by itself."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.conv.windowed import Windowed


class DepthwiseConv(Windowed):
    """Abstract: `depth_multiplier` filters for each channel, which see only that channel.

    Shapes: kernel `(*kernel_size, channels, depth_multiplier)`, bias `(channels * depth_multiplier,)`.
    """

    depth_multiplier: int

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        channels = self.channels_of(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self.add_kernel(shape, "kernel", "depthwise")
        self.add_bias(self.kernel.shape[-2] * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, activate."""
        return self.finished(
            ops.depthwise_conv(
                inputs,
                self.kernel,
                self.strides,
                self.padding,
                self.data_format,
                self.dilation_rate,
            )
        )


class DepthwiseConv1D(DepthwiseConv):
    """Slide windows over a sequence, for each channel its own, then `activation`.

    Shapes: `(batch, time, channels)` to
    `(batch, new_time, channels * depth_multiplier)`, channels behind the batch with
    `data_format="channels_first"`; kernel `(*kernel_size, channels, depth_multiplier)`.

    Args:
        kernel_size: size of the window, an integer.
        strides: steps of the window.
        padding: `"valid"`: only windows that lie inside; `"same"`: zeros around, so that only
            strides make the result smaller.
        depth_multiplier: filters of each channel.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        dilation_rate: distance between the cells of the window.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        depthwise_initializer, bias_initializer: where the weights start.
        depthwise_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        depthwise_constraint, bias_constraint: applied to the weights after every update.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.DepthwiseConv1D(3, depth_multiplier=2)
        >>> layer(np.zeros((4, 10, 8), "float32")).shape
        (4, 8, 16)

    Source: Chollet 2017, "Xception".
    """

    rank = 1

    def __init__(
        self,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(locals())


class DepthwiseConv2D(DepthwiseConv):
    """Slide windows over an image, for each channel its own, then `activation`.

    Shapes: `(batch, rows, columns, channels)` to
    `(batch, new_rows, new_columns, channels * depth_multiplier)`, channels behind the batch with
    `data_format="channels_first"`; kernel `(*kernel_size, channels, depth_multiplier)`.

    Args:
        kernel_size: size of the window, an integer or one for each of 2 axes.
        strides: steps of the window.
        padding: `"valid"`: only windows that lie inside; `"same"`: zeros around, so that only
            strides make the result smaller.
        depth_multiplier: filters of each channel.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        dilation_rate: distance between the cells of the window.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        depthwise_initializer, bias_initializer: where the weights start.
        depthwise_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        depthwise_constraint, bias_constraint: applied to the weights after every update.

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

    def __init__(
        self,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(locals())
