"""Adaptive pooling over 1, 2 or 3 axes of space: the result's size is given, not the window's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class AdaptivePooling(Layer):
    """Abstract: one number for each window and channel, the windows as large as they must be."""

    rank: int
    pool: Callable  # the op that does it

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        layer = type(self).__name__
        self.output_size = windows.per_axis(layer, "output_size", output_size, self.rank)
        self.data_format = windows.data_format(layer, data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return self.pool(inputs, self.output_size, self.data_format)


class AdaptiveAveragePooling1D(AdaptivePooling):
    """The mean of each of `output_size` windows that share out a sequence, for each channel by itself.

    Shapes: `(batch, time, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        output_size: of the result's space, an integer.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveAveragePooling1D(3)
        >>> layer(np.zeros((4, 10, 8), "float32")).shape
        (4, 3, 8)
    """

    rank = 1
    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveAveragePooling2D(AdaptivePooling):
    """The mean of each of `output_size` windows that share out an image, for each channel by itself.

    Shapes: `(batch, rows, columns, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        output_size: of the result's space, an integer or one for each of 2 axes.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveAveragePooling2D(3)
        >>> layer(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 3, 3, 3)
    """

    rank = 2
    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveAveragePooling3D(AdaptivePooling):
    """The mean of each of `output_size` windows that share out a volume, for each channel by itself.

    Shapes: `(batch, planes, rows, columns, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        output_size: of the result's space, an integer or one for each of 3 axes.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveAveragePooling3D(3)
        >>> layer(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 3, 3, 3, 2)
    """

    rank = 3
    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveMaxPooling1D(AdaptivePooling):
    """The largest element of each of `output_size` windows that share out a sequence, for each channel by itself.

    Shapes: `(batch, time, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        output_size: of the result's space, an integer.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveMaxPooling1D(3)
        >>> layer(np.zeros((4, 10, 8), "float32")).shape
        (4, 3, 8)
    """

    rank = 1
    pool = staticmethod(ops.adaptive_max_pool)


class AdaptiveMaxPooling2D(AdaptivePooling):
    """The largest element of each of `output_size` windows that share out an image, for each channel by itself.

    Shapes: `(batch, rows, columns, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        output_size: of the result's space, an integer or one for each of 2 axes.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveMaxPooling2D(3)
        >>> layer(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 3, 3, 3)
    """

    rank = 2
    pool = staticmethod(ops.adaptive_max_pool)


class AdaptiveMaxPooling3D(AdaptivePooling):
    """The largest element of each of `output_size` windows that share out a volume, for each channel by itself.

    Shapes: `(batch, planes, rows, columns, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        output_size: of the result's space, an integer or one for each of 3 axes.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveMaxPooling3D(3)
        >>> layer(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 3, 3, 3, 2)
    """

    rank = 3
    pool = staticmethod(ops.adaptive_max_pool)
