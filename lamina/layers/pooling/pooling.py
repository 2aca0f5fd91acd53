"""Pooling over windows along 1, 2 or 3 axes of space: the mean or the largest of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from lamina import ops
from lamina.layers.arguments import keep, per_axis
from lamina.layers.over_space import OverSpace
from lamina.layers.windows import DataFormat, Padding, Sizes, sizes


class Pooling(OverSpace):
    """Abstract: one number for each window and channel.

    Args:
        pool_size: size of the window: an integer, or one per axis of space.
        strides: steps of the window; its size by default.
        padding: `"valid"`: only windows that lie inside; `"same"`: also those that reach out.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.
    """

    pool: ClassVar[Callable]  # the op that does it
    pool_size: Sizes
    strides: Sizes
    padding: str

    def __init__(
        self,
        pool_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] | None = None,
        padding: Padding = "valid",
        data_format: DataFormat = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        strides = pool_size if strides is None else strides
        keep(self, locals())

    def check_arguments(self) -> None:
        """Bring the sizes to one per axis."""
        super().check_arguments()
        for name in ("pool_size", "strides"):
            setattr(self, name, sizes(self, name, getattr(self, name)))

    def call(self, inputs: Any) -> Any:
        """Pool each window."""
        return type(self).pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)


class MaxPooling(Pooling):
    """Abstract: the largest of each window."""

    pool = staticmethod(ops.max_pool)

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = per_axis(2),
        strides: int | tuple[int, ...] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling(Pooling):
    """Abstract: the mean of each window, of the elements that lie inside."""

    pool = staticmethod(ops.average_pool)


class MaxPooling1D(MaxPooling):
    """The largest element of each window of a sequence, for each channel by itself.

    Shapes: `(batch, time, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `MaxPooling2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.MaxPooling1D(2)(np.zeros((4, 10, 8), "float32")).shape
        (4, 5, 8)
    """

    rank = 1


class MaxPooling2D(MaxPooling):
    """The largest element of each window of an image, for each channel by itself.

    Shapes: `(batch, rows, columns, channels)`, channels after the batch with `"channels_first"`.

    Args:
        pool_size: size of the window: an integer, or one per axis of space.
        strides: steps of the window; its size by default.
        padding: `"valid"`: only windows that lie inside; `"same"`: also those that reach out.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.MaxPooling2D(2)(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 5, 5, 3)
    """

    rank = 2


class MaxPooling3D(MaxPooling):
    """The largest element of each window of a volume, for each channel by itself.

    Shapes: `(batch, depth, rows, columns, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `MaxPooling2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.MaxPooling3D(2)(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 3, 3, 3, 2)
    """

    rank = 3


class AveragePooling1D(AveragePooling):
    """The mean of each window of a sequence, for each channel by itself.

    Shapes: `(batch, time, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `AveragePooling2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.AveragePooling1D(2)(np.zeros((4, 10, 8), "float32")).shape
        (4, 5, 8)
    """

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window of an image, for each channel by itself.

    Shapes: `(batch, rows, columns, channels)`, channels after the batch with `"channels_first"`.

    Args:
        pool_size: size of the window: an integer, or one per axis of space.
        strides: steps of the window; its size by default.
        padding: `"valid"`: only windows that lie inside; `"same"`: also those that reach out.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.AveragePooling2D(2)(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 5, 5, 3)
    """

    rank = 2


class AveragePooling3D(AveragePooling):
    """The mean of each window of a volume, for each channel by itself.

    Shapes: `(batch, depth, rows, columns, channels)`, channels after the batch with `"channels_first"`.
    Arguments: those of `AveragePooling2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.AveragePooling3D(2)(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 3, 3, 3, 2)
    """

    rank = 3
