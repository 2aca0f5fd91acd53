"""`Dropout`: elements set to 0 in training."""

from __future__ import annotations

from typing import Any

from lamina.core.seeds import SeedGenerator
from lamina.layers.layer import Layer
from lamina.ops import random


class Dropout(Layer):
    """In training, set elements to 0 with probability `rate` and divide the others by `1 - rate`.

    At inference the inputs pass unchanged.

    Args:
        rate: from 0 to 1.
        noise_shape: shape of the draws; 1 where one draw holds for all elements along an axis,
            `None` for the input's size.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `rate` is not within 0 and 1.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Dropout(0.5, seed=1)
        >>> sorted(set(layer(np.ones((2, 50), "float32"), training=True).ravel().tolist()))
        [0.0, 2.0]
        >>> layer(np.ones((1, 3), "float32")).tolist()
        [[1.0, 1.0, 1.0]]

    Source: Srivastava et al. 2014.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = checked_rate("Dropout", "rate", rate)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """See the class."""
        if not training or self.rate == 0:
            return inputs
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)


def checked_rate(layer: str, argument: str, rate: Any) -> float:
    """`rate`, if it is a number within 0 and 1.

    Raises:
        ValueError: it is not.
    """
    if isinstance(rate, (bool, str)) or rate is None or not 0 <= rate <= 1:
        raise ValueError(f"{layer}: `{argument}` must be a number from 0 to 1, not {rate!r}.")
    return rate
