"""`GaussianNoise`: a little noise in training."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.seeds import SeedGenerator
from lamina.layers.layer import Layer
from lamina.ops import random


class GaussianNoise(Layer):
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

    def __init__(self, stddev: float, seed: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        if isinstance(stddev, (bool, str)) or not stddev >= 0:
            raise ValueError(
                f"GaussianNoise: `stddev` must be a number of at least 0, not {stddev!r}."
            )
        self.stddev = stddev
        self.seed = seed
        if stddev > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """See the class."""
        if not training or self.stddev == 0:
            return inputs
        noise = random.normal(
            inputs.shape, 0.0, self.stddev, self.compute_dtype, self.seed_generator
        )
        return ops.add(inputs, noise)
