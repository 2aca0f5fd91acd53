"""`AlphaDropout`: dropout for networks of SELUs."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Rate
from lamina.layers.arguments import from_fields
from lamina.layers.regularizable import Regularizable
from lamina.layers.regularization.drawing import Noise
from lamina.ops import random

# What a SELU gives for minus infinity: the value of a dropped element.
_LOWEST = -1.6732632423543772 * 1.0507009873554805


@from_fields
class AlphaDropout(Noise, Regularizable):
    """Dropout that keeps mean 0 and variance 1, for networks with the activation `"selu"`.

    In training elements become SELU's lowest value with probability `rate`; then all are scaled and
    shifted so that mean and variance stay as they were.

    Args:
        rate: from 0 to below 1.
        noise_shape: shape of the draws; 1 where one draw holds for all elements along an axis.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `rate` is not within 0 and 1, or is 1.

    Example:
        >>> import lamina
        >>> y = lamina.layers.AlphaDropout(0.5, seed=1)(np.ones((4, 50), "float32"), training=True)
        >>> len(set(np.asarray(y).ravel().round(3).tolist()))
        2

    Source: Klambauer et al. 2017, "Self-normalizing neural networks".
    """

    rate: Rate
    noise_shape: Any = None
    seed: Any = None

    def check_arguments(self) -> None:
        """Refuse to drop everything."""
        super().check_arguments()
        if self.rate == 1:
            raise ValueError("AlphaDropout: a `rate` of 1 would leave nothing to scale.")

    def changed(self, inputs: Any) -> Any:
        """Drop, scale and shift."""
        # Dropping from ones says which elements stay.
        kept = random.dropout(
            ops.ones_like(inputs), self.rate, self.noise_shape, self.seed_generator
        )
        x = ops.where(ops.greater(kept, 0), inputs, ops.full_like(inputs, _LOWEST))
        scale = ((1 - self.rate) * (1 + self.rate * _LOWEST**2)) ** -0.5
        return ops.add(ops.multiply(x, scale), -scale * _LOWEST * self.rate)
