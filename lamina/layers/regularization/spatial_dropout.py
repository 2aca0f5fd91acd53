"""`SpatialDropout1D`, `2D` and `3D`: whole features or channels set to 0 in training."""

from __future__ import annotations

from typing import Any

from lamina.core.argument_kinds import Rate
from lamina.layers import windows
from lamina.layers.arguments import keep
from lamina.layers.over_space import OverSpace
from lamina.layers.regularization.drawing import Noise
from lamina.ops import random


class SpatialDropout(Noise, OverSpace):
    """Abstract: one draw for all places of a channel.

    Args:
        rate: from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: an integer for the same sequence of draws in every run.

    Raises:
        ValueError: `rate` is not within 0 and 1.
    """

    passes_on = True
    rate: float

    def __init__(
        self,
        rate: Rate,
        data_format: windows.DataFormat = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, dtype=dtype, **kwargs)
        keep(self, locals())

    def changed(self, inputs: Any) -> Any:
        """Drop."""
        places = windows.space_axes(self)
        shape = [1 if axis in places else None for axis in range(self.rank + 2)]
        return random.dropout(inputs, self.rate, shape, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments; not `trainable`, which Keras' own layers do not take, and a plain dtype as its name."""
        config = {k: v for k, v in super().get_config().items() if k != "trainable"}
        is_plain = self.dtype_policy.name == self.variable_dtype
        return {**config, "dtype": self.variable_dtype} if is_plain else config


class SpatialDropout1D(SpatialDropout):
    """In training, set whole features to 0 at all time steps, with probability `rate`.

    Shapes: `(batch, time, features)` to the same.

    Example:
        >>> import lamina
        >>> x = np.ones((1, 3, 8), "float32")
        >>> y = lamina.layers.SpatialDropout1D(0.5, seed=1)(x, training=True)
        >>> bool((y[:, :1] == y).all())
        True

    Source: Tompson et al. 2014, "Efficient object localization using convolutional networks".
    """

    rank = 1

    def __init__(
        self,
        rate: float,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(rate, "channels_last", seed, name, dtype, **kwargs)


class SpatialDropout2D(SpatialDropout):
    """In training, set whole channels to 0 at all places, with probability `rate`.

    Shapes: `(batch, rows, columns, channels)` to the same; with `"channels_first"` channels come first.

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

    rank = 2


class SpatialDropout3D(SpatialDropout):
    """In training, set whole channels of volumes to 0. Arguments: those of `SpatialDropout2D`.

    Example:
        >>> import lamina
        >>> x = np.ones((1, 2, 3, 3, 8), "float32")
        >>> y = lamina.layers.SpatialDropout3D(0.5, seed=1)(x, training=True)
        >>> bool((y[:, :1, :1, :1] == y).all())
        True

    Source: Tompson et al. 2014.
    """

    rank = 3
