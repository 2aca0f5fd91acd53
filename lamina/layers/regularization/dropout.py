"""`Dropout` and `SpatialDropout1D`: elements, or whole features, set to 0 in training."""

from __future__ import annotations

from typing import Any

from lamina.core.seeds import SeedGenerator
from lamina.layers.input_spec import InputSpec
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


class SpatialDropout1D(Layer):
    """In training, set whole features to 0 at all time steps, with probability `rate`.

    Shapes: `(batch, time, features)` to the same.

    Args:
        rate: from 0 to 1.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `rate` is not within 0 and 1.

    Example:
        >>> import lamina
        >>> x = np.ones((1, 3, 8), "float32")
        >>> y = lamina.layers.SpatialDropout1D(0.5, seed=1)(x, training=True)
        >>> bool((y[:, :1] == y).all())
        True

    Source: Tompson et al. 2014, "Efficient object localization using convolutional networks".
    """

    def __init__(
        self,
        rate: float,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.rate = checked_rate("SpatialDropout1D", "rate", rate)
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """See the class."""
        if not training or self.rate == 0:
            return inputs
        return random.dropout(inputs, self.rate, (None, 1, None), self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The arguments; not `trainable`, which Keras' own layer does not take."""
        return {k: v for k, v in super().get_config().items() if k != "trainable"}


def checked_rate(layer: str, argument: str, rate: Any) -> float:
    """`rate`, if it is a number within 0 and 1.

    Raises:
        ValueError: it is not.
    """
    if isinstance(rate, (bool, str)) or rate is None or not 0 <= rate <= 1:
        raise ValueError(f"{layer}: `{argument}` must be a number from 0 to 1, not {rate!r}.")
    return rate
