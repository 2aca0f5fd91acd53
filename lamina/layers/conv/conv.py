"""`Conv1D`, `Conv2D`, `Conv3D`: convolution over sequences, images and volumes."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.layers import windows
from lamina.layers.arguments import Affine, from_fields, weight
from lamina.layers.conv.windowed import Windowed, Windows


@from_fields
class _Grouped(Windows):
    groups: Count = 1


@from_fields
class Conv(Windowed, Affine, _Grouped):
    """Abstract: slide a window over `rank` axes of space; at each place, an affine map of what it sees.

    Shapes: kernel `(*kernel_size, channels / groups, filters)`, bias `(filters,)`.

    Args:
        groups: channels and filters are split into so many parts, each convolved by itself.

    The others are those of `Windowed`.
    """

    def check_arguments(self) -> None:
        """Refuse filters that do not divide into groups, and strides with dilation."""
        super().check_arguments()
        if self.filters % self.groups:
            raise ValueError(
                f"{type(self).__name__}: {self.filters} filters do not divide into {self.groups} groups."
            )
        self.refuse_strides_with_dilation()

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        channels = self.channels_of(input_shape)
        if channels is not None and channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the {channels} channels of an input of shape "
                f"{tuple(input_shape)} do not divide into {self.groups} groups."
            )
        depth = None if channels is None else channels // self.groups
        self.kernel = weight(self, "kernel", (*self.kernel_size, depth, self.filters))
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, activate."""
        return self.finished(self.convolution_op(inputs, self.kernel))

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve `inputs` with `kernel` as the arguments say; a subclass may do otherwise."""
        padding = self.padding
        if padding == "causal":
            inputs, padding = self._padded_before(inputs), "valid"
        return ops.conv(inputs, kernel, self.strides, padding, self.data_format, self.dilation_rate)

    def _padded_before(self, inputs: Any) -> Any:
        """Put zeros before the first step only: no step sees a later one."""
        widths = [(0, 0), (0, 0), (0, 0)]
        (time,) = windows.space_axes(self)
        widths[time] = (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0)
        return ops.pad(inputs, widths)


class Conv1D(Conv):
    """Slide a window over a sequence; at each place, an affine map of what it sees, then `activation`.

    Shapes: `(batch, time, channels)` to `(batch, new_time, filters)`, channels after the batch
    with `data_format="channels_first"`. Arguments: those of `Conv2D`, and `padding="causal"`:
    a result sees no later step.

    Example:
        >>> import lamina
        >>> lamina.layers.Conv1D(16, 3)(np.zeros((4, 10, 8), "float32")).shape
        (4, 8, 16)
    """

    rank = 1
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same", "causal")


class Conv2D(Conv):
    """Slide a window over an image; at each place, an affine map of what it sees, then `activation`.

    Shapes: `(batch, rows, columns, channels)` to `(batch, new_rows, new_columns, filters)`, channels
    after the batch with `data_format="channels_first"`; kernel
    `(*kernel_size, channels / groups, filters)`.

    Args:
        filters: number of output channels.
        kernel_size: size of the window: an integer, or one per axis of space.
        strides: steps of the window.
        padding: `"valid"`: only windows that lie inside; `"same"`: zeros around, so that only
            strides make the result smaller.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        dilation_rate: distance between the cells of the window; not together with strides.
        groups: channels and filters are split into so many parts, each convolved by itself.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: where the weights start.
        kernel_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, bias_constraint: applied to the weights after every update.

    Raises:
        ValueError: a size is not positive, filters or channels do not divide into the groups,
            strides and dilation are both above 1, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.Conv2D(16, 3)(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 8, 8, 16)
    """

    rank = 2


class Conv3D(Conv):
    """Slide a window over a volume; at each place, an affine map of what it sees, then `activation`.

    Shapes: `(batch, depth, rows, columns, channels)` to
    `(batch, new_depth, new_rows, new_columns, filters)`. Arguments: those of `Conv2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.Conv3D(4, 2)(np.zeros((2, 4, 4, 4, 3), "float32")).shape
        (2, 3, 3, 3, 4)
    """

    rank = 3
