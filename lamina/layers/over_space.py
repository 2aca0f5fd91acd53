"""`OverSpace`: what layers share that work over 1, 2 or 3 axes of space."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina.layers import windows
from lamina.layers.arguments import Taker, count
from lamina.layers.input_spec import InputSpec
from lamina.layers.regularizable import Regularizable


class OverSpace(Regularizable):
    """Abstract: a layer over `rank` axes of space, before or after which the channels stand."""

    takes: ClassVar[dict[str, Taker]] = {
        **dict.fromkeys(("filters", "groups", "depth_multiplier"), count),
        **dict.fromkeys(
            ("kernel_size", "dilation_rate", "pool_size", "output_size", "size"), windows.sizes
        ),
        "strides": lambda layer, name, value: windows.sizes(
            layer, name, layer.pool_size if value is None else value
        ),
        "padding": windows.padding,
        "data_format": windows.data_format,
    }
    data_format: str

    def check_arguments(self) -> None:
        """Expect an input of the right rank."""
        super().check_arguments()
        self.expect()

    def expect(self, **sizes: Any) -> None:
        """From now on, expect an input of the right rank, with these `axes` of an `InputSpec`."""
        self.input_spec = InputSpec(ndim=self.rank + 2, meaning=windows.expected(self), **sizes)
