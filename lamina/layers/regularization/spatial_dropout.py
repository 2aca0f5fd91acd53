"""`SpatialDropout1D`, `2D` and `3D`: whole features or channels set to 0 in training."""

from __future__ import annotations

from typing import Any

from lamina.core.seeds import SeedGenerator
from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.layers.regularization.dropout import checked_rate
from lamina.ops import random


class SpatialDropout(Layer):
    """What the three have in common: one draw for all places of a channel."""

    def __init__(self, rank: int, rate: float, data_format: Any, seed: Any, **kwargs: Any):
        super().__init__(**kwargs)
        layer = f"SpatialDropout{rank}D"
        self.rate = checked_rate(layer, "rate", rate)
        self.data_format = windows.data_format(layer, data_format)
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.input_spec = InputSpec(ndim=rank + 2)
        self._places = windows.space_axes(self.data_format, rank)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """See the class."""
        if not training or self.rate == 0:
            return inputs
        shape = [1 if axis in self._places else None for axis in range(len(inputs.shape))]
        return random.dropout(inputs, self.rate, shape, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The arguments; not `trainable`, which Keras' own layers do not take."""
        return {k: v for k, v in super().get_config().items() if k != "trainable"}


class SpatialDropout1D(SpatialDropout):
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
        super().__init__(1, rate, "channels_last", seed, name=name, dtype=dtype, **kwargs)


class SpatialDropout2D(SpatialDropout):
    """In training, set whole channels to 0 at all places, with probability `rate`.

    Shapes: `(batch, rows, columns, channels)` to the same; with `"channels_first"` channels stand before.

    Args:
        rate: from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `rate` is not within 0 and 1.

    Example:
        >>> import lamina
        >>> x = np.ones((1, 3, 3, 8), "float32")
        >>> y = lamina.layers.SpatialDropout2D(0.5, seed=1)(x, training=True)
        >>> bool((y[:, :1, :1] == y).all())
        True

    Source: Tompson et al. 2014.
    """

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(2, rate, data_format, seed, name=name, dtype=dtype, **kwargs)


class SpatialDropout3D(SpatialDropout):
    """In training, set whole channels to 0 at all places, with probability `rate`.

    Shapes: `(batch, depth, rows, columns, channels)` to the same; with `"channels_first"` channels stand before.

    Args:
        rate: from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `rate` is not within 0 and 1.

    Example:
        >>> import lamina
        >>> x = np.ones((1, 2, 3, 3, 8), "float32")
        >>> y = lamina.layers.SpatialDropout3D(0.5, seed=1)(x, training=True)
        >>> bool((y[:, :1, :1, :1] == y).all())
        True

    Source: Tompson et al. 2014.
    """

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(3, rate, data_format, seed, name=name, dtype=dtype, **kwargs)
