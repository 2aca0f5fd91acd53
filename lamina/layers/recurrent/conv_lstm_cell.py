"""`ConvLSTMCell`: one step of an LSTM whose products are convolutions."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers import windows
from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.lstm_cell import OpenForgetGate, gated
from lamina.layers.recurrent.recurrent_cell import RecurrentCell


@from_fields
class ConvLSTMCell(
    RecurrentCell,
    take.Seeded,
    take.Constrained,
    take.Regularized,
    take.Remembering,
    take.Convolved,
    take.Ranked,
):
    """One step of an LSTM whose products with kernels are convolutions.

    The formulas are those of `LSTMCell`. The inputs' convolution has the strides, padding and
    dilation; the state's keeps its size.

    Shapes: inputs `(batch, *space, channels)`, states `[h, c]` each `(batch, *places, filters)`.

    Args:
        rank: number of axes of space.
        filters: channels of the output and of each state.
        kernel_size, strides, dilation_rate: integers, or one per axis of space.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.

    The others are those of `LSTMCell`.

    Source: Shi et al. 2015, without its peephole weights.
    """

    kind, parts, states = "ConvLSTM", 4, 2

    def check_arguments(self) -> None:
        """Complete the sizes."""
        self.units, self.axes = self.filters, self.rank + 2
        super().check_arguments()

    @property
    def channel_axis(self) -> int:
        """Axis of the channels of one step."""
        return 1 if self.data_format == "channels_first" else self.rank + 1

    def first_bias(self) -> Any:
        """Return an initializer whose values are 1 for the forget gate, if `unit_forget_bias`."""
        return OpenForgetGate(self) if self.unit_forget_bias else self.bias_initializer

    def kernel_shape(self, input_shape: Any) -> tuple[int, ...]:
        """Window, channels, four times the filters."""
        return (*self.kernel_size, input_shape[self.channel_axis], 4 * self.filters)

    def recurrent_shape(self) -> tuple[int, ...]:
        """Window, filters, four times the filters."""
        return (*self.kernel_size, self.filters, 4 * self.filters)

    def state_shape(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the places of the inputs' convolution, with `filters` channels."""
        axes = windows.space_axes(self)
        shape = list(sizes)
        for axis, places in zip(axes, self._places([sizes[a] for a in axes]), strict=True):
            shape[axis] = places
        shape[self.channel_axis] = self.filters
        return tuple(shape)

    def _places(self, space: list[int]) -> list[int]:
        windows_ = zip(space, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        if self.padding == "same":
            return [-(-n // s) for n, _, s, _ in windows_]
        return [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in windows_]

    def product(self, x: Any, kernel: Any, bias: Any) -> Any:
        """Convolve the inputs, of one step or of all."""
        lead = x.shape[: len(x.shape) - self.axes]
        x = ops.reshape(x, (-1, *x.shape[len(lead) + 1 :])) if lead else x
        x = ops.conv(x, kernel, self.strides, self.padding, self.data_format, self.dilation_rate)
        if bias is not None:
            first = self.data_format == "channels_first"
            x = ops.add(x, ops.reshape(bias, (-1, *(1,) * self.rank)) if first else bias)
        return ops.reshape(x, (*lead, -1, *x.shape[1:])) if lead else x

    def combine(self, x: Any, h: Any, states: list[Any], recurrent: Any) -> tuple[Any, list[Any]]:
        """`(h', [h', c'])`."""
        h = ops.conv(h, recurrent, 1, "same", self.data_format)
        return gated(self, ops.add(x, h), states[1], self.channel_axis)
