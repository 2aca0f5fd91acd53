"""Upsampling: space stretched by whole factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


def _repeated(inputs: Any, size: Sequence[int], data_format: str) -> Any:
    for axis, times in zip(windows.space_axes(data_format, len(size)), size, strict=True):
        inputs = ops.repeat(inputs, times, axis)
    return inputs


class UpSampling1D(Layer):
    """Each step of a sequence `size` times in a row.

    Shapes: `(batch, time, features)` to `(batch, size * time, features)`.

    Raises:
        ValueError: `size` is no positive integer.

    Example:
        >>> import lamina
        >>> lamina.layers.UpSampling1D(2)(np.array([[[1.0], [2.0]]], "float32")).tolist()
        [[[1.0], [1.0], [2.0], [2.0]]]
    """

    def __init__(self, size: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        (self.size,) = windows.per_axis("UpSampling1D", "size", size, 1)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _repeated(inputs, (self.size,), "channels_last")


class UpSampling2D(Layer):
    """Images with height and width stretched.

    Shapes: `(batch, height, width, channels)`, or channels first.

    Args:
        size: the factors of height and width, or one for both.
        interpolation: `"nearest"` repeats pixels; the others are those of `ops.image.resize`.

    Raises:
        ValueError: an argument is none of these.

    Example:
        >>> import lamina
        >>> lamina.layers.UpSampling2D((2, 3))(np.ones((2, 4, 5, 3), "float32")).shape
        (2, 8, 15, 3)
    """

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"UpSampling2D: `interpolation` must be one of {_INTERPOLATIONS}, not {interpolation!r}."
            )
        self.size = windows.per_axis("UpSampling2D", "size", size, 2)
        self.data_format = windows.data_format("UpSampling2D", data_format)
        self.interpolation = interpolation
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        if self.interpolation == "nearest":
            return _repeated(inputs, self.size, self.data_format)
        axes = windows.space_axes(self.data_format, 2)
        size = [inputs.shape[axis] * times for axis, times in zip(axes, self.size, strict=True)]
        return ops.image.resize(
            inputs, size, interpolation=self.interpolation, data_format=self.data_format
        )


class UpSampling3D(Layer):
    """Each cell of a volume several times along each axis.

    Shapes: `(batch, *space, channels)` with three axes of space, or channels first.

    Args:
        size: the factors of the three axes, or one for all.

    Raises:
        ValueError: `size` is none of these.

    Example:
        >>> import lamina
        >>> lamina.layers.UpSampling3D(2)(np.ones((2, 2, 3, 4, 1), "float32")).shape
        (2, 4, 6, 8, 1)
    """

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2, 2),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.size = windows.per_axis("UpSampling3D", "size", size, 3)
        self.data_format = windows.data_format("UpSampling3D", data_format)
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _repeated(inputs, self.size, self.data_format)
