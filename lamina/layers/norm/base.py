"""What normalizing layers share: in which dtype they compute."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import dtypes
from lamina.layers.arguments import from_fields, weight
from lamina.layers.regularizable import Regularizable


@from_fields
class Scaling:
    """What follows the normalization, and how small a variance counts."""

    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    beta_regularizer: Any = None
    gamma_regularizer: Any = None
    beta_constraint: Any = None
    gamma_constraint: Any = None


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

    def add_scaling(self: Any, sizes: tuple, scale: bool, center: bool) -> None:
        """Make gamma and beta, those of them that there are to be."""
        self.gamma = weight(self, "gamma", sizes, autocast=False) if scale else None
        self.beta = weight(self, "beta", sizes, autocast=False) if center else None

    def widened(self, inputs: Any) -> Any:
        """Cast inputs to the dtype of the statistics."""
        dtype = self.compute_dtype
        return ops.cast(inputs, "float32" if dtype in dtypes.HALVES else dtype)

    def narrowed(self, outputs: Any) -> Any:
        """Cast outputs to the layer's compute dtype."""
        return ops.cast(outputs, self.compute_dtype)
