"""Convolution."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.ops.nn.windows import channels_first, padding_of, per_axis, to_first, to_last

__all__ = ["conv"]


@op(promote="inputs kernel")
def conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolution (cross-correlation) over 1, 2 or 3 axes of space.

    Shapes: inputs `(batch, *space, channels)`, or `(batch, channels, *space)` with
    `data_format="channels_first"`; kernel `(*window, channels / groups, filters)`.

    Args:
        strides: steps of the window along each axis.
        padding: `"valid"`, or `"same"`: space shrinks by the strides only.
        dilation_rate: distance between the cells of the window.
    """
    e = engine()
    if channels_first(data_format):
        return to_first(
            conv(to_last(inputs), kernel, strides, padding, "channels_last", dilation_rate)
        )
    *window, depth, _ = e.shape(kernel)
    n = len(window)
    strides, dilation = (
        per_axis(strides, n, "strides"),
        per_axis(dilation_rate, n, "dilation_rate"),
    )
    extent = [(w - 1) * d + 1 for w, d in zip(window, dilation, strict=True)]
    _, *space, channels = e.shape(inputs)
    if channels % depth:
        raise ValueError(
            f"The inputs have {channels} channels, but the kernel takes {depth} (or a divisor, with groups)."
        )
    if padding == "valid" and any(s < w for s, w in zip(space, extent, strict=True)):
        raise ValueError(
            f"The window {tuple(extent)} is larger than the space {tuple(space)}; "
            "use padding='same' or a smaller kernel."
        )
    widths = padding_of(padding, space, extent, strides)
    return e.conv(inputs, kernel, strides, widths, dilation, channels // depth)
