"""What all convolutions share: how they take their arguments, a bias, an activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import activations, constraints, initializers, ops, regularizers
from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer

_COUNTS = ("filters", "groups", "depth_multiplier")
_PER_AXIS = ("kernel_size", "strides", "dilation_rate")
_TAKEN_BY = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


class Windowed(Layer):
    """Abstract: windows over `rank` axes of space.

    Args:
        arguments: those of the subclass's constructor, its `locals()`; each is kept under its name.
    """

    rank: int
    paddings: tuple[str, ...] = ("valid", "same")
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    padding: str
    data_format: str
    activation: Any
    use_bias: bool

    def __init__(self, arguments: dict[str, Any]):
        given = {k: v for k, v in arguments.items() if k not in ("self", "__class__", "kwargs")}
        activity_regularizer = regularizers.get(given.pop("activity_regularizer"))
        super().__init__(activity_regularizer=activity_regularizer, **arguments["kwargs"])
        for name, value in given.items():
            setattr(self, name, self._taken(name, value))
        self.check_combinations(type(self).__name__)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _taken(self, name: str, value: Any) -> Any:
        layer = type(self).__name__
        if name in _COUNTS:
            return windows.per_axis(layer, name, value, 1)[0]
        if name in _PER_AXIS:
            return windows.per_axis(layer, name, value, self.rank)
        if name == "output_padding":
            return None if value is None else windows.per_axis(layer, name, value, self.rank, 0)
        if name == "padding":
            return windows.padding(layer, value, self.paddings)
        if name == "data_format":
            return windows.data_format(layer, value)
        return _TAKEN_BY.get(name.rpartition("_")[2], lambda x: x)(value)

    def check_combinations(self, layer: str) -> None:
        """Refuse arguments that do not go together."""

    def refuse_strides_with_dilation(self, layer: str) -> None:
        """Where Keras takes one of the two only."""
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{layer}: strides {self.strides} and dilation_rate {self.dilation_rate} cannot both "
                "be above 1."
            )

    def channels_of(self, input_shape: Any) -> int | None:
        """How many channels the input has, and from now on must have."""
        axis = 1 if self.data_format == "channels_first" else -1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: input_shape[axis]})
        return input_shape[axis]

    def add_kernel(self, shape: Sequence[int | None], name: str, settings: str) -> Any:
        """A weight that starts, and is held, as the arguments `<settings>_...` say."""
        return self.add_weight(
            shape,
            getattr(self, f"{settings}_initializer"),
            regularizer=getattr(self, f"{settings}_regularizer"),
            constraint=getattr(self, f"{settings}_constraint"),
            name=name,
        )

    def add_bias(self, size: int) -> None:
        """Make the bias, if there is to be one."""
        self.bias = self.add_kernel((size,), "bias", "bias") if self.use_bias else None

    def finished(self, x: Any) -> Any:
        """`x` plus the bias, activated."""
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (bias.shape[0], *(1,) * self.rank))
            x = ops.add(x, bias)
        return self.activation(x)
