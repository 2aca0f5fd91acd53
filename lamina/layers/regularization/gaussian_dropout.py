"""`GaussianDropout`: each element times a little more or less than 1 in training."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Rate
from lamina.layers.arguments import from_fields
from lamina.layers.regularizable import Regularizable
from lamina.layers.regularization.drawing import Noise
from lamina.ops import random


@from_fields
class GaussianDropout(Noise, Regularizable):
    """In training, multiply by draws from a normal distribution around 1.

    Its standard deviation is `sqrt(rate / (1 - rate))`, that of a dropout with the same rate.

    Args:
        rate: from 0 to below 1.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `rate` is not within 0 and 1, or is 1.

    Example:
        >>> import lamina
        >>> lamina.layers.GaussianDropout(0.5)(np.ones((1, 3), "float32")).tolist()
        [[1.0, 1.0, 1.0]]

    Source: Srivastava et al. 2014, section 10.
    """

    rate: Rate
    seed: Any = None

    def check_arguments(self) -> None:
        """Refuse to drop everything."""
        super().check_arguments()
        if self.rate == 1:
            raise ValueError("GaussianDropout: a `rate` of 1 would need infinite noise.")

    def changed(self, inputs: Any) -> Any:
        """Multiply by draws."""
        deviation = math.sqrt(self.rate / (1 - self.rate))
        factors = random.normal(
            inputs.shape, 1.0, deviation, self.compute_dtype, self.seed_generator
        )
        return ops.multiply(inputs, factors)
