"""What `Conv1D`, `Conv2D` and `Conv3D` share."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers import windows
from lamina.layers.conv.windowed import Windowed


class Conv(Windowed):
    """Abstract: slide a window over `rank` axes of space; at each place, an affine map of what it sees.

    Shapes: kernel `(*kernel_size, channels / groups, filters)`, bias `(filters,)`.
    """

    filters: int
    groups: int

    def check_combinations(self, layer: str) -> None:
        """Filters divide into groups; strides or dilation."""
        if self.filters % self.groups:
            raise ValueError(
                f"{layer}: {self.filters} filters do not divide into {self.groups} groups."
            )
        self.refuse_strides_with_dilation(layer)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        channels = self.channels_of(input_shape)
        if channels is not None and channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the {channels} channels of an input of shape "
                f"{tuple(input_shape)} do not divide into {self.groups} groups."
            )
        depth = None if channels is None else channels // self.groups
        self.kernel = self.add_kernel((*self.kernel_size, depth, self.filters), "kernel", "kernel")
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, activate."""
        padding = self.padding
        if padding == "causal":
            inputs, padding = self._padded_before(inputs), "valid"
        return self.finished(
            ops.conv(
                inputs, self.kernel, self.strides, padding, self.data_format, self.dilation_rate
            )
        )

    def _padded_before(self, inputs: Any) -> Any:
        """Zeros before the first step only: no step sees a later one."""
        (time,) = windows.space_axes(self.data_format, self.rank)
        widths = [(0, 0)] * (self.rank + 2)
        widths[time] = (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0)
        return ops.pad(inputs, widths)
