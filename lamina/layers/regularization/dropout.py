"""`Dropout`: elements set to 0 in training."""

from __future__ import annotations

from typing import Any

from lamina.core.argument_kinds import Rate
from lamina.layers.arguments import from_fields
from lamina.layers.regularizable import Regularizable
from lamina.layers.regularization.drawing import Noise
from lamina.ops import random


@from_fields
class Dropout(Noise, Regularizable):
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

    passes_on = True

    rate: Rate
    noise_shape: Any = None
    seed: Any = None

    def check_arguments(self) -> None:
        """Refuse what is not a shape."""
        super().check_arguments()
        if self.noise_shape is not None and not isinstance(self.noise_shape, (list, tuple)):
            raise ValueError(
                f"Dropout: `noise_shape` must be a tuple of sizes or None, not {self.noise_shape!r}."
            )

    def changed(self, inputs: Any) -> Any:
        """Drop."""
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)
