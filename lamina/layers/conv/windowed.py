"""What all convolutions share: which arguments they take, a bias, an activation."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.layers.arguments import from_fields, per_axis, weight
from lamina.layers.over_space import OverSpace
from lamina.layers.windows import DataFormat, Padding, Sizes


@from_fields
class Windows:
    """How many windows slide over space, and how."""

    filters: Count
    kernel_size: Sizes
    strides: Sizes = per_axis(1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = per_axis(1)


class Windowed(OverSpace):
    """Abstract: windows over `rank` axes of space.

    Args:
        filters: number of output channels.
        kernel_size: size of the window: an integer, or one per axis of space.
        strides: steps of the window.
        padding: `"valid"`: only windows that lie inside; `"same"`: zeros around, so that only
            strides make the result smaller.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        dilation_rate: distance between the cells of the window; not together with strides.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        ..._initializer: where the weights start.
        ..._regularizer: losses computed from the weights, `activity_regularizer` from the output.
        ..._constraint: applied to the weights after every update.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.
    """

    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    takes_complex = False
    kernel_size: Sizes
    strides: Sizes
    dilation_rate: Sizes
    padding: str
    activation: Any
    use_bias: bool

    @property
    def window(self) -> tuple[Any, ...]:
        """How ops slide a window: strides, padding, data format, dilation."""
        return self.strides, self.padding, self.data_format, self.dilation_rate

    def refuse_strides_with_dilation(self) -> None:
        """Refuse both above 1, where Keras takes one of the two only."""
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__}: strides {self.strides} and dilation_rate "
                f"{self.dilation_rate} cannot both be above 1."
            )

    def channels_of(self, input_shape: Any) -> int | None:
        """Return the input's number of channels, which from now on it must have."""
        axis = 1 if self.data_format == "channels_first" else -1
        channels = input_shape[axis]
        self.expect(axes={axis: channels})
        return channels

    def add_bias(self, size: int) -> None:
        """Make the bias, if there is to be one."""
        self.bias = weight(self, "bias", (size,)) if self.use_bias else None

    def finished(self, x: Any) -> Any:
        """Add the bias to `x` and activate."""
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (bias.shape[0], *(1,) * self.rank))
            x = ops.add(x, bias)
        return self.activation(x)
