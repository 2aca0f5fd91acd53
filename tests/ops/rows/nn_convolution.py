"""Rows for depthwise, separable and transposed convolution. (`conv` itself is in `basic`.)"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import array, case
from tests.ops.rows.basic import windows


def _depthwise(draw: Callable) -> tuple:
    kernel = array(draw, (2, draw(st.integers(1, 3)), 4, draw(st.integers(1, 3))), ["float32"])
    if draw(st.booleans()):
        return [kernel], {"strides": draw(st.integers(1, 3))}
    return [kernel], {"dilation_rate": draw(st.integers(1, 2)) if kernel.shape[1] < 3 else 1}


def _separable(draw: Callable) -> tuple:
    (depthwise,), kwargs = _depthwise(draw)
    depth = depthwise.shape[-1] * 4
    return [depthwise, array(draw, (1, 1, depth, 5), ["float32"])], kwargs


def _transpose(draw: Callable) -> tuple:
    kernel = array(draw, (draw(st.integers(1, 4)), draw(st.integers(1, 3)), 5, 4), ["float32"])
    kwargs = {"strides": draw(st.sampled_from([1, 2, (3, 1)]))}
    if draw(st.booleans()):
        kwargs["output_padding"] = draw(st.sampled_from([0, 1]))
    return [kernel], {**kwargs, "dilation_rate": draw(st.integers(1, 2))}


TABLE = {
    "conv_transpose": windows(_transpose),
    "depthwise_conv": windows(_depthwise),
    "separable_conv": windows(_separable),
}
FIXED_SIZES = set(TABLE)

RNG = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype("float32")


LINE, IMAGE, BLOCK = normal(2, 7, 4), normal(2, 6, 7, 4), normal(2, 3, 4, 3, 2)
FIRST = np.moveaxis(IMAGE, -1, 1)
WIDE, DEEP = normal(3, 2, 4, 2), normal(3, 4, 3)  # kernels (*window, channels, multiplier)
UP, UP_LINE = normal(3, 2, 5, 4), normal(4, 5, 4)  # kernels (*window, filters, channels)
HALF = [IMAGE.astype("float16"), UP.astype("float16")]

CASES = {
    "depthwise_conv": [
        case(IMAGE, WIDE),
        case(IMAGE, WIDE, strides=2, padding="same"),
        case(IMAGE, WIDE, dilation_rate=(2, 3), padding="same"),
        case(FIRST, WIDE, data_format="channels_first"),
        case(LINE, DEEP, strides=3, padding="same"),
        case(LINE, DEEP, dilation_rate=2),
        case(IMAGE.astype("float16"), WIDE.astype("float16")),
    ],
    "separable_conv": [
        case(IMAGE, WIDE, normal(1, 1, 8, 3)),
        case(IMAGE, WIDE, normal(1, 1, 8, 3), strides=2, padding="same"),
        case(FIRST, WIDE, normal(1, 1, 8, 3), dilation_rate=2, data_format="channels_first"),
        case(LINE, DEEP, normal(1, 12, 5), padding="same"),
    ],
    "conv_transpose": [
        case(IMAGE, UP),
        case(IMAGE, UP, strides=(2, 3), padding="same"),
        case(IMAGE, UP, strides=3),
        case(IMAGE, UP, strides=2, padding="same", output_padding=1),
        case(IMAGE, UP, strides=2, output_padding=(0, 1)),
        case(IMAGE, UP, padding="same", dilation_rate=2),
        case(IMAGE, UP, strides=2, padding="same", dilation_rate=(2, 1)),
        case(FIRST, UP, strides=2, data_format="channels_first"),
        case(LINE, UP_LINE, strides=2, padding="same"),
        case(LINE, UP_LINE, strides=6),
        case(LINE, UP_LINE, padding="same", output_padding=0),
        case(BLOCK, normal(2, 1, 3, 3, 2), strides=2),
        case(BLOCK, normal(2, 2, 2, 3, 2), strides=2, padding="same"),
        case(*HALF, strides=2, padding="same"),
    ],
}
