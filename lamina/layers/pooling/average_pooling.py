"""Average pooling over 1, 2 or 3 axes of space."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.pooling.base import Pooling


class AveragePooling1D(Pooling):
    """The mean of each window of a sequence, for each channel by itself.

    Shapes: `(batch, time, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        pool_size: size of the window.
        strides: steps of the window; its size by default.
        padding: `"valid"`: only windows that lie inside; `"same"`: also those that reach out; padding does not count.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.AveragePooling1D(2)(np.zeros((4, 10, 8), "float32")).shape
        (4, 5, 8)
    """

    rank = 1
    pool = staticmethod(ops.average_pool)

    def __init__(
        self,
        pool_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling2D(Pooling):
    """The mean of each window of an image, for each channel by itself.

    Shapes: `(batch, rows, columns, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        pool_size: size of the window.
        strides: steps of the window; its size by default.
        padding: `"valid"`: only windows that lie inside; `"same"`: also those that reach out; padding does not count.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.AveragePooling2D(2)(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 5, 5, 3)
    """

    rank = 2
    pool = staticmethod(ops.average_pool)

    def __init__(
        self,
        pool_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling3D(Pooling):
    """The mean of each window of a volume, for each channel by itself.

    Shapes: `(batch, depth, rows, columns, channels)`, channels behind the batch with `"channels_first"`.

    Args:
        pool_size: size of the window.
        strides: steps of the window; its size by default.
        padding: `"valid"`: only windows that lie inside; `"same"`: also those that reach out; padding does not count.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.

    Raises:
        ValueError: a size is not positive, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.AveragePooling3D(2)(np.zeros((4, 6, 6, 6, 1), "float32")).shape
        (4, 3, 3, 3, 1)
    """

    rank = 3
    pool = staticmethod(ops.average_pool)

    def __init__(
        self,
        pool_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)
