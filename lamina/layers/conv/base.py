"""What the convolutions share, over 1, 2 or 3 axes of space."""

from __future__ import annotations

from typing import Any

from lamina import activations, constraints, initializers, ops, regularizers
from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class Conv(Layer):
    """Abstract: slide a window over `rank` axes of space; at each place, an affine map of what it sees.

    Shapes: kernel `(*kernel_size, channels / groups, filters)`, bias `(filters,)`.
    """

    rank: int
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=regularizers.get(activity_regularizer), **kwargs)
        layer, rank = type(self).__name__, self.rank
        (self.filters,) = windows.per_axis(layer, "filters", filters, 1)
        (self.groups,) = windows.per_axis(layer, "groups", groups, 1)
        self.kernel_size = windows.per_axis(layer, "kernel_size", kernel_size, rank)
        self.strides = windows.per_axis(layer, "strides", strides, rank)
        self.dilation_rate = windows.per_axis(layer, "dilation_rate", dilation_rate, rank)
        self.padding = windows.padding(layer, padding, self.paddings)
        self.data_format = windows.data_format(layer, data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._check_combinations(layer)
        self.input_spec = InputSpec(ndim=rank + 2)

    def _check_combinations(self, layer: str) -> None:
        if self.filters % self.groups:
            raise ValueError(
                f"{layer}: {self.filters} filters do not divide into {self.groups} groups."
            )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{layer}: strides {self.strides} and dilation_rate {self.dilation_rate} cannot both "
                "be above 1."
            )

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        axis = 1 if self.data_format == "channels_first" else -1
        channels = input_shape[axis]
        if channels is not None and channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the {channels} channels of an input of shape "
                f"{tuple(input_shape)} do not divide into {self.groups} groups."
            )
        depth = None if channels is None else channels // self.groups
        self.kernel = self.add_weight(
            (*self.kernel_size, depth, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.filters,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, activate."""
        padding = self.padding
        if padding == "causal":
            inputs, padding = self._padded_before(inputs), "valid"
        x = ops.conv(
            inputs, self.kernel, self.strides, padding, self.data_format, self.dilation_rate
        )
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (self.filters, *(1,) * self.rank))
            x = ops.add(x, bias)
        return self.activation(x)

    def _padded_before(self, inputs: Any) -> Any:
        """Zeros before the first step only: no step sees a later one."""
        (time,) = windows.space_axes(self.data_format, self.rank)
        widths = [(0, 0)] * (self.rank + 2)
        widths[time] = (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0)
        return ops.pad(inputs, widths)
