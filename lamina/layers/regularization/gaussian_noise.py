"""`GaussianNoise`: a little noise in training."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core.argument_kinds import NotNegative
from lamina.layers.arguments import from_fields
from lamina.layers.regularizable import Regularizable
from lamina.layers.regularization.drawing import Noise
from lamina.ops import random


@from_fields
class GaussianNoise(Noise, Regularizable):
    """In training, add noise from a normal distribution with mean 0.

    Args:
        stddev: standard deviation of the noise, in units of the input.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `stddev` is negative.

    Example:
        >>> import lamina
        >>> lamina.layers.GaussianNoise(0.1)(np.ones((1, 3), "float32")).tolist()
        [[1.0, 1.0, 1.0]]
    """

    rates: ClassVar[tuple[str, ...]] = ("stddev",)

    stddev: NotNegative
    seed: Any = None

    def changed(self, inputs: Any) -> Any:
        """Add noise."""
        noise = random.normal(
            inputs.shape, 0.0, self.stddev, self.compute_dtype, self.seed_generator
        )
        return ops.add(inputs, noise)
