"""Adaptive pooling over 1, 2 or 3 axes of space: the result's size is given, not the window's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from lamina import ops
from lamina.layers.arguments import from_fields
from lamina.layers.over_space import OverSpace
from lamina.layers.windows import DataFormat, Sizes


@from_fields
class AdaptivePooling(OverSpace):
    """Abstract: one number for each window and channel, the windows as large as they must be."""

    pool: ClassVar[Callable]  # the op that does it

    output_size: Sizes
    data_format: DataFormat = None

    def call(self, inputs: Any) -> Any:
        """Pool the windows."""
        return type(self).pool(inputs, self.output_size, self.data_format)


class AdaptiveAverage(AdaptivePooling):
    """Abstract: the mean."""

    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveMax(AdaptivePooling):
    """Abstract: the largest."""

    pool = staticmethod(ops.adaptive_max_pool)


class AdaptiveAveragePooling1D(AdaptiveAverage):
    """The mean of each of `output_size` windows that share out a sequence, for each channel.

    Shapes: `(batch, time, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `AdaptiveAveragePooling2D`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveAveragePooling1D(3)
        >>> layer(np.zeros((4, 10, 8), "float32")).shape
        (4, 3, 8)
    """

    rank = 1


class AdaptiveAveragePooling2D(AdaptiveAverage):
    """The mean of each of `output_size` windows that share out an image, for each channel.

    Shapes: `(batch, rows, columns, channels)`, channels after the batch with `"channels_first"`.

    Args:
        output_size: of the result's space: an integer, or one per axis.
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


class AdaptiveAveragePooling3D(AdaptiveAverage):
    """The mean of each of `output_size` windows that share out a volume, for each channel.

    Shapes: `(batch, depth, rows, columns, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `AdaptiveAveragePooling2D`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveAveragePooling3D(3)
        >>> layer(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 3, 3, 3, 2)
    """

    rank = 3


class AdaptiveMaxPooling1D(AdaptiveMax):
    """The largest element of each of `output_size` windows that share out a sequence, for each channel.

    Shapes: `(batch, time, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `AdaptiveMaxPooling2D`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveMaxPooling1D(3)
        >>> layer(np.zeros((4, 10, 8), "float32")).shape
        (4, 3, 8)
    """

    rank = 1


class AdaptiveMaxPooling2D(AdaptiveMax):
    """The largest element of each of `output_size` windows that share out an image, for each channel.

    Shapes: `(batch, rows, columns, channels)`, channels after the batch with `"channels_first"`.

    Args:
        output_size: of the result's space: an integer, or one per axis.
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


class AdaptiveMaxPooling3D(AdaptiveMax):
    """The largest element of each of `output_size` windows that share out a volume, for each channel.

    Shapes: `(batch, depth, rows, columns, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `AdaptiveMaxPooling2D`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.AdaptiveMaxPooling3D(3)
        >>> layer(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 3, 3, 3, 2)
    """

    rank = 3
