"""What normalizing layers share: in which dtype they compute."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import dtypes
from lamina.layers.regularizable import Regularizable


class Normalization(Regularizable):
    """Abstract: statistics are taken in float32, or wider, of the input as it is given.

    A cast to float16 before would turn numbers above 65504 into infinity, and sums over many
    elements into rough ones.
    """

    takes_complex = False
    supports_masking = True

    def check_arguments(self) -> None:
        """Leave inputs as they are given."""
        self.autocast = False

    def widened(self, inputs: Any) -> Any:
        """Cast inputs to the dtype of the statistics."""
        dtype = self.compute_dtype
        return ops.cast(inputs, "float32" if dtype in dtypes.HALVES else dtype)

    def narrowed(self, outputs: Any) -> Any:
        """Cast outputs to the layer's compute dtype."""
        return ops.cast(outputs, self.compute_dtype)
