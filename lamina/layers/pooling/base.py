"""What the pooling layers share, over 1, 2 or 3 axes of space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class Pooling(Layer):
    """Abstract: one number for each window and channel."""

    rank: int
    pool: Callable  # the op that does it

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        layer, rank = type(self).__name__, self.rank
        self.pool_size = windows.per_axis(layer, "pool_size", pool_size, rank)
        strides = self.pool_size if strides is None else strides
        self.strides = windows.per_axis(layer, "strides", strides, rank)
        self.padding = windows.padding(layer, padding)
        self.data_format = windows.data_format(layer, data_format)
        self.input_spec = InputSpec(ndim=rank + 2)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return self.pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)
