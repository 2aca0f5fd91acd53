"""Upsampling: space stretched by whole factors."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.core.choices import one_of
from lamina.layers import windows
from lamina.layers.arguments import Options, from_fields, per_axis
from lamina.layers.over_space import OverSpace


@from_fields
class UpSampling(OverSpace):
    """Abstract: each cell of space several times along each axis."""

    size: windows.Sizes = per_axis(2)
    data_format: windows.DataFormat = None

    def call(self, inputs: Any) -> Any:
        """Repeat along each axis of space."""
        axes = windows.space_axes(self)
        sizes = self.size if self.rank > 1 else (self.size,)
        for axis, times in zip(axes, sizes, strict=True):
            inputs = ops.repeat(inputs, times, axis)
        return inputs


_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class UpSampling1D(UpSampling):
    """Each step of a sequence `size` times in a row.

    Shapes: `(batch, time, features)` to `(batch, size * time, features)`.

    Raises:
        ValueError: `size` is not a positive integer.

    Example:
        >>> import lamina
        >>> lamina.layers.UpSampling1D(2)(np.array([[[1.0], [2.0]]], "float32")).tolist()
        [[[1.0], [1.0], [2.0], [2.0]]]
    """

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Unpack[Options]):
        super().__init__(size, "channels_last", **kwargs)

    def check_arguments(self) -> None:
        """Keep the one size as an integer."""
        super().check_arguments()
        (self.size,) = self.size


@from_fields
class UpSampling2D(UpSampling):
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

    rank = 2
    interpolation: str = "nearest"

    def check_arguments(self) -> None:
        """Refuse an unknown interpolation."""
        super().check_arguments()
        one_of("UpSampling2D", "interpolation", self.interpolation, _INTERPOLATIONS)

    def call(self, inputs: Any) -> Any:
        """Repeat, or resize."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        axes = windows.space_axes(self)
        size = [inputs.shape[axis] * times for axis, times in zip(axes, self.size, strict=True)]
        return ops.image.resize(
            inputs, size, interpolation=self.interpolation, data_format=self.data_format
        )


class UpSampling3D(UpSampling):
    """Each cell of a volume several times along each axis: `size` is a factor, or three of them.

    Example:
        >>> import lamina
        >>> lamina.layers.UpSampling3D(2)(np.ones((2, 2, 3, 4, 1), "float32")).shape
        (2, 4, 6, 8, 1)
    """

    rank = 3
