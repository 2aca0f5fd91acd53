"""`OverSpace`: what layers share that work over 1, 2 or 3 axes of space."""

from __future__ import annotations

from typing import Any

from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.regularizable import Regularizable


class OverSpace(Regularizable):
    """Abstract: a layer over `rank` axes of space, before or after which the channels stand."""

    data_format: windows.DataFormat

    def check_arguments(self) -> None:
        """Expect an input of the right rank."""
        super().check_arguments()
        self.expect()

    def expect(self, **sizes: Any) -> None:
        """From now on, expect an input of the right rank, with these `axes` of an `InputSpec`."""
        self.input_spec = InputSpec(ndim=self.rank + 2, meaning=windows.expected(self), **sizes)
