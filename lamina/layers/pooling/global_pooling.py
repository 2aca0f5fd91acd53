"""Global pooling: one number for each channel, from all places."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers import windows
from lamina.layers.arguments import from_fields
from lamina.layers.given_mask import check_mask
from lamina.layers.over_space import OverSpace


@from_fields
class GlobalPooling(OverSpace):
    """Abstract: `rank` axes of space become one number for each channel.

    Shapes: `(batch, *space, channels)` to `(batch, channels)`; with `keepdims` space has size 1.
    """

    data_format: windows.DataFormat = None
    keepdims: bool = False

    @property
    def axes(self) -> tuple[int, ...]:
        """Axes of space."""
        return windows.space_axes(self)


class GlobalAverage(GlobalPooling):
    """Abstract: the mean over space."""

    def call(self, inputs: Any) -> Any:
        """Take the mean."""
        return ops.mean(inputs, self.axes, self.keepdims)


class GlobalMax(GlobalPooling):
    """Abstract: the largest over space."""

    def call(self, inputs: Any) -> Any:
        """Take the largest."""
        return ops.max(inputs, self.axes, self.keepdims)


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each feature over time, of the steps that a mask counts.

    Args:
        data_format: `"channels_last"`: `(batch, time, features)`; `"channels_first"`:
            `(batch, features, time)`.
        keepdims: whether time stays, with size 1.

    Called as `layer(inputs, mask=None)` with a mask `(batch, time)`; where no step counts the
    result is 0.

    Example:
        >>> import lamina
        >>> x = np.array([[[1.0], [2.0], [6.0]]], "float32")
        >>> layer = lamina.layers.GlobalAveragePooling1D()
        >>> layer(x).tolist(), layer(x, mask=np.array([[True, True, False]])).tolist()
        ([[3.0]], [[1.5]])
    """

    rank = 1
    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Take the mean of the steps that count."""
        (time,) = self.axes
        if mask is None:
            return ops.mean(inputs, time, self.keepdims)
        check_mask(self, mask, inputs, (inputs.shape[0], inputs.shape[time]))
        counts = ops.expand_dims(ops.cast(mask, inputs.dtype), 2 if time == 1 else 1)
        total = ops.sum(ops.multiply(inputs, counts), time, self.keepdims)
        return ops.divide(total, ops.maximum(ops.sum(counts, time, self.keepdims), 1))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return `None`: there is no time any more."""
        return None


class GlobalAveragePooling2D(GlobalAverage):
    """The mean of each channel over rows and columns.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        keepdims: whether space stays, with size 1.

    Example:
        >>> import lamina
        >>> lamina.layers.GlobalAveragePooling2D()(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 3)
    """

    rank = 2


class GlobalAveragePooling3D(GlobalAverage):
    """The mean of each channel over depth, rows and columns. Arguments: those of `GlobalAveragePooling2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.GlobalAveragePooling3D()(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 2)
    """

    rank = 3


class GlobalMaxPooling1D(GlobalMax):
    """The largest of each channel over time. Arguments: those of `GlobalMaxPooling2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.GlobalMaxPooling1D()(np.zeros((4, 10, 8), "float32")).shape
        (4, 8)
    """

    rank = 1


class GlobalMaxPooling2D(GlobalMax):
    """The largest of each channel over rows and columns.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        keepdims: whether space stays, with size 1.

    Example:
        >>> import lamina
        >>> lamina.layers.GlobalMaxPooling2D()(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 3)
    """

    rank = 2


class GlobalMaxPooling3D(GlobalMax):
    """The largest of each channel over depth, rows and columns. Arguments: those of `GlobalMaxPooling2D`.

    Example:
        >>> import lamina
        >>> lamina.layers.GlobalMaxPooling3D()(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 2)
    """

    rank = 3
