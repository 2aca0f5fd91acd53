"""Convolution: plain, depthwise, separable, transposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.nn.windows import (
    channels_first,
    crops_of,
    holds_no_window,
    padding_of,
    per_axis,
    to_first,
    to_last,
)

__all__ = ["conv", "conv_transpose", "depthwise_conv", "separable_conv"]


@op(promote="inputs kernel")
def conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolve (cross-correlate) over 1, 2 or 3 axes of space.

    Shapes: inputs `(batch, *space, channels)`, or `(batch, channels, *space)` with
    `data_format="channels_first"`; kernel `(*window, channels / groups, filters)`.

    Args:
        strides: steps of the window along each axis.
        padding: `"valid"`, or `"same"`: space shrinks by the strides only.
        dilation_rate: distance between the cells of the window.

    Raises:
        ValueError: the kernel does not fit the inputs, or an argument the number of axes.

    Example:
        >>> conv(np.arange(4.0).reshape(1, 4, 1), np.ones((2, 1, 1))).ravel().tolist()
        [1.0, 3.0, 5.0]
    """
    if channels_first(data_format):
        return to_first(_conv(to_last(inputs), kernel, strides, padding, dilation_rate))
    return _conv(inputs, kernel, strides, padding, dilation_rate)


def _conv(inputs: Any, kernel: Any, strides: Any, padding: str, dilation_rate: Any) -> Any:
    e = engine()
    *window, depth, _ = e.shape(kernel)
    _, *space, channels = e.shape(inputs)
    _check_rank(inputs, kernel)
    if channels % depth:
        raise ValueError(
            f"The inputs have {channels} channels, but the kernel takes {depth} (or a divisor, with groups)."
        )
    n = len(window)
    strides = per_axis(strides, n, "strides")
    dilation = per_axis(dilation_rate, n, "dilation_rate")
    extent = _extent(window, dilation)
    if holds_no_window(padding, space, extent):
        raise ValueError(
            f"The window {tuple(extent)} is larger than the space {tuple(space)}; "
            "use padding='same' or a smaller kernel."
        )
    widths = padding_of(padding, space, extent, strides)
    return e.conv(inputs, kernel, strides, widths, dilation, channels // depth)


def _extent(window: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """Return how much space a window with gaps covers."""
    return [(w - 1) * d + 1 for w, d in zip(window, dilation, strict=True)]


def _check_rank(inputs: Any, kernel: Any) -> None:
    e = engine()
    if len(e.shape(inputs)) != len(e.shape(kernel)):
        raise ValueError(
            f"Inputs of shape {tuple(e.shape(inputs))} and a kernel of shape {tuple(e.shape(kernel))} do "
            "not go together: both need one axis per axis of space, and two more."
        )


@op(promote="inputs kernel")
def depthwise_conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolve each channel by itself, with `multiplier` filters per channel.

    Shapes: inputs as in `conv`; kernel `(*window, channels, multiplier)`; the result has
    `channels * multiplier` channels, those of one input channel side by side.

    Raises:
        ValueError: as in `conv`.

    Example:
        >>> x = np.arange(6.0).reshape(1, 3, 2)
        >>> depthwise_conv(x, np.ones((2, 2, 1))).tolist()
        [[[2.0, 4.0], [6.0, 8.0]]]
    """
    if channels_first(data_format):
        return to_first(_depthwise(to_last(inputs), kernel, strides, padding, dilation_rate))
    return _depthwise(inputs, kernel, strides, padding, dilation_rate)


def _depthwise(inputs: Any, kernel: Any, strides: Any, padding: str, dilation_rate: Any) -> Any:
    e = engine()
    *window, channels, multiplier = e.shape(kernel)
    if e.shape(inputs)[-1] != channels:
        raise ValueError(
            f"The inputs have {e.shape(inputs)[-1]} channels, but the depthwise kernel of shape "
            f"{tuple(e.shape(kernel))} has filters for {channels}."
        )
    kernel = e.reshape(kernel, (*window, 1, channels * multiplier))
    return _conv(inputs, kernel, strides, padding, dilation_rate)


@op(promote="inputs depthwise_kernel pointwise_kernel")
def separable_conv(
    inputs: Tensor,
    depthwise_kernel: Tensor,
    pointwise_kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolve each channel by itself, then mix the channels at each place.

    Shapes: as in `depthwise_conv`; pointwise_kernel `(*ones, channels * multiplier, filters)`.

    Raises:
        ValueError: as in `conv`.

    Source: Chollet 2017, "Xception".
    """
    first = channels_first(data_format)
    x = to_last(inputs) if first else inputs
    x = _depthwise(x, depthwise_kernel, strides, padding, dilation_rate)
    x = _conv(x, pointwise_kernel, 1, "valid", 1)
    return to_first(x) if first else x


@op(promote="inputs kernel")
def conv_transpose(
    inputs: Tensor,
    kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Transpose `conv`: each input cell spreads a window of its kernel over the output.

    Shapes: inputs `(batch, *space, channels)`, or `(batch, channels, *space)` with
    `data_format="channels_first"`; kernel `(*window, filters, channels)`. The output's space is
    `space * strides` with `padding="same"`, `(space - 1) * strides + window` with `"valid"` (but no
    smaller than `space * strides`).

    Args:
        strides: steps by which the windows are spread.
        padding: `"valid"`, or `"same"`.
        output_padding: how much larger than `(space - 1) * strides + window - 2 * (window // 2)` (for
            `"valid"`: than the whole) the output is; this decides its size instead.
        dilation_rate: distance between the cells of the window.

    Raises:
        ValueError: as in `conv`.

    Example:
        >>> conv_transpose(np.array([[[1.0], [2.0]]]), np.ones((2, 1, 1)), 2).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0]

    Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic".
    """
    e = engine()
    first = channels_first(data_format)
    x = to_last(inputs) if first else inputs
    _check_rank(inputs, kernel)
    *window, _, channels = e.shape(kernel)
    depth = e.shape(x)[-1]
    if depth != channels:
        raise ValueError(
            f"The inputs have {depth} channels, but the kernel of shape {tuple(e.shape(kernel))} takes "
            f"{channels}: it is (*window, filters, channels)."
        )
    n = len(window)
    strides = per_axis(strides, n, "strides")
    dilation = per_axis(dilation_rate, n, "dilation_rate")
    extra = None if output_padding is None else per_axis(output_padding, n, "output_padding")
    crops = crops_of(padding, _extent(window, dilation), strides, extra)
    y = e.conv_transpose(x, kernel, strides, crops, dilation)
    return to_first(y) if first else y
