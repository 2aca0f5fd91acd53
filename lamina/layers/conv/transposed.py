"""`Conv1DTranspose`, `Conv2DTranspose`, `Conv3DTranspose`: convolutions backwards, to a larger space."""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from lamina import ops
from lamina.layers import windows
from lamina.layers.arguments import Common, Taker, keep, per_axis, weight
from lamina.layers.conv.windowed import Windowed


def _output_padding(layer: Any, name: str, value: Any) -> tuple[int, ...] | None:
    return None if value is None else windows.sizes(layer, name, value, least=0)


class ConvTranspose(Windowed):
    """Abstract: each place spreads a window of its own over the output; where they overlap they add up.

    Shapes: kernel `(*kernel_size, filters, channels)`, bias `(filters,)`.

    Args:
        padding: `"valid"`: whole windows, `"same"`: the input's space times the strides.
        output_padding: decides the size instead, as in `ops.conv_transpose`; below the strides.

    The others are those of `Windowed`.
    """

    takes: ClassVar[dict[str, Taker]] = {**Windowed.takes, "output_padding": _output_padding}
    filters: int
    output_padding: tuple[int, ...] | None

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = per_axis(1),
        padding: str = "valid",
        output_padding: int | tuple[int, ...] | None = None,
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = per_axis(1),
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Unpack[Common],
    ):
        super().__init__(**kwargs)
        keep(self, locals())

    def check_arguments(self) -> None:
        """Refuse strides with dilation, and output padding that is not below the strides."""
        super().check_arguments()
        self.refuse_strides_with_dilation()
        extra = self.output_padding or (0,) * self.rank
        if any(more >= step for more, step in zip(extra, self.strides, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: output_padding {extra} must be below the strides {self.strides}."
            )

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        shape = (*self.kernel_size, self.filters, self.channels_of(input_shape))
        self.kernel = weight(self, "kernel", shape)
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve backwards, add the bias, activate."""
        return self.finished(
            ops.conv_transpose(
                inputs,
                self.kernel,
                self.strides,
                self.padding,
                self.output_padding,
                self.data_format,
                self.dilation_rate,
            )
        )


class Conv1DTranspose(ConvTranspose):
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


class Conv2DTranspose(ConvTranspose):
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


class Conv3DTranspose(ConvTranspose):
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

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: int | tuple[int, ...] | None = None,
        dilation_rate: int | tuple[int, ...] = (1, 1, 1),
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Unpack[Common],
    ):
        super(ConvTranspose, self).__init__(**kwargs)
        keep(self, locals())
