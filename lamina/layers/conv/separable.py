"""`SeparableConv1D`, `SeparableConv2D`: first each channel by itself, then the channels at each place."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.conv.windowed import Windowed


class SeparableConv(Windowed):
    """Abstract: a depthwise convolution, whose channels are then mixed at each place.

    Shapes: depthwise kernel `(*kernel_size, channels, depth_multiplier)`, pointwise kernel
    `(*ones, channels * depth_multiplier, filters)`, bias `(filters,)`.
    """

    filters: int
    depth_multiplier: int

    def build(self, input_shape: Any) -> None:
        """Make both kernels and the bias."""
        channels = self.channels_of(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self.add_kernel(shape, "depthwise_kernel", "depthwise")
        deep = self.depthwise_kernel.shape[-2] * self.depth_multiplier
        shape = (*(1,) * self.rank, deep, self.filters)
        self.pointwise_kernel = self.add_kernel(shape, "pointwise_kernel", "pointwise")
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve, mix, add the bias, activate."""
        return self.finished(
            ops.separable_conv(
                inputs,
                self.depthwise_kernel,
                self.pointwise_kernel,
                self.strides,
                self.padding,
                self.data_format,
                self.dilation_rate,
            )
        )


class SeparableConv1D(SeparableConv):
    """Slide windows over a sequence, for each channel its own; mix the channels, then `activation`.

    Shapes: `(batch, time, channels)` to
    `(batch, new_time, filters)`, channels behind the batch with `data_format="channels_first"`.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer.
        strides: steps of the window.
        padding: `"valid"`: only windows that lie inside; `"same"`: zeros around, so that only
            strides make the result smaller.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        dilation_rate: distance between the cells of the window.
        depth_multiplier: filters of each channel in the first step.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: where the weights start.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied to the weights after every update.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.SeparableConv1D(16, 3)(np.zeros((4, 10, 8), "float32")).shape
        (4, 8, 16)

    Source: Chollet 2017, "Xception".
    """

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(locals())


class SeparableConv2D(SeparableConv):
    """Slide windows over an image, for each channel its own; mix the channels, then `activation`.

    Shapes: `(batch, rows, columns, channels)` to
    `(batch, new_rows, new_columns, filters)`, channels behind the batch with `data_format="channels_first"`.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer or one for each of 2 axes.
        strides: steps of the window.
        padding: `"valid"`: only windows that lie inside; `"same"`: zeros around, so that only
            strides make the result smaller.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        dilation_rate: distance between the cells of the window.
        depth_multiplier: filters of each channel in the first step.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: where the weights start.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied to the weights after every update.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.SeparableConv2D(16, 3)(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 8, 8, 16)

    Source: Chollet 2017, "Xception".
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(locals())
