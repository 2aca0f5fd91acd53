"""`Conv1DTranspose`, `Conv2DTranspose`, `Conv3DTranspose`: convolutions backwards, to a larger space."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.layers import windows
from lamina.layers.arguments import Affine, from_fields, per_axis, weight
from lamina.layers.conv.windowed import Windowed
from lamina.layers.windows import DataFormat, Padding, Sizes


@from_fields
class _Windows:
    filters: Count
    kernel_size: Sizes
    strides: Sizes = per_axis(1)
    padding: Padding = "valid"
    output_padding: int | tuple[int, ...] | None = None
    data_format: DataFormat = None
    dilation_rate: Sizes = per_axis(1)


@from_fields
class _WindowsIn3D:
    filters: Count
    kernel_size: Sizes
    strides: Sizes = per_axis(1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    output_padding: int | tuple[int, ...] | None = None
    dilation_rate: Sizes = per_axis(1)


class ConvTranspose(Windowed):
    """Abstract: each place spreads a window of its own over the output; where they overlap they add up.

    Shapes: kernel `(*kernel_size, filters, channels)`, bias `(filters,)`.

    Args:
        padding: `"valid"`: whole windows, `"same"`: the input's space times the strides.
        output_padding: decides the size instead, as in `ops.conv_transpose`; below the strides.

    The others are those of `Windowed`.
    """

    filters: int
    output_padding: Any

    def check_arguments(self) -> None:
        """Refuse strides with dilation, and output padding that is not below the strides."""
        super().check_arguments()
        self.refuse_strides_with_dilation()
        if self.output_padding is None:
            return
        extra = windows.sizes(self, "output_padding", self.output_padding, least=0)
        if any(more >= step for more, step in zip(extra, self.strides, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: output_padding {extra} must be below the strides {self.strides}."
            )
        self.output_padding = extra

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        shape = (*self.kernel_size, self.filters, self.channels_of(input_shape))
        self.kernel = weight(self, "kernel", shape)
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve backwards, add the bias, activate."""
        strides, padding, *rest = self.window
        x = ops.conv_transpose(inputs, self.kernel, strides, padding, self.output_padding, *rest)
        return self.finished(x)


@from_fields
class Conv1DTranspose(ConvTranspose, Affine, _Windows):
    """Spread windows over a sequence that grows by the strides, then `activation`.

    Shapes: `(batch, time, channels)` to `(batch, new_time, filters)`. Arguments: those of
    `Conv2DTranspose`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Conv1DTranspose(16, 3, strides=2, padding="same")
        >>> layer(np.zeros((4, 10, 8), "float32")).shape
        (4, 20, 16)

    Source: Zeiler et al. 2010, "Deconvolutional networks".
    """

    rank = 1


@from_fields
class Conv2DTranspose(ConvTranspose, Affine, _Windows):
    """Spread windows over an image that grows by the strides, then `activation`.

    Shapes: `(batch, rows, columns, channels)` to `(batch, new_rows, new_columns, filters)`; kernel
    `(*kernel_size, filters, channels)`.

    Args:
        padding: `"valid"`: whole windows, `"same"`: the input's space times the strides.
        output_padding: decides the size instead, as in `ops.conv_transpose`; below the strides.

    The others are those of `Conv2D`, without groups.

    Raises:
        ValueError: a size is not positive, strides and dilation are both above 1, or output_padding
            is not below the strides.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Conv2DTranspose(16, 3, strides=2, padding="same")
        >>> layer(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 20, 20, 16)

    Source: Zeiler et al. 2010, "Deconvolutional networks".
    """

    rank = 2


@from_fields
class Conv3DTranspose(ConvTranspose, Affine, _WindowsIn3D):
    """Spread windows over a volume that grows by the strides, then `activation`.

    Shapes: `(batch, depth, rows, columns, channels)` to
    `(batch, new_depth, new_rows, new_columns, filters)`. Arguments: those of `Conv2DTranspose`, but
    `data_format` comes before `output_padding`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Conv3DTranspose(16, 3, strides=2, padding="same")
        >>> layer(np.zeros((4, 6, 6, 6, 2), "float32")).shape
        (4, 12, 12, 12, 16)

    Source: Zeiler et al. 2010, "Deconvolutional networks".
    """

    rank = 3
