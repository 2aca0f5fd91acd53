"""Rows for encodings, blocks of pixels, adaptive pooling, fidelity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, FLOATS, array, case, fixed, shapes

SIZES = [1, 2, 3, 5, (2, 4), [3, 1]]


def _adaptive(kinds: list[str]) -> Callable:
    def row(draw: Callable) -> tuple:
        shape = (2, draw(st.integers(3, 7)), draw(st.integers(3, 7)), draw(st.integers(3, 5)))
        layout = draw(st.sampled_from(["channels_last", "channels_first"]))
        return [array(draw, shape, kinds), draw(st.sampled_from(SIZES))], {"data_format": layout}

    return row


def _blocks(deep: bool) -> Callable:
    def row(draw: Callable) -> tuple:
        n = draw(st.sampled_from([2, 3, 7]))
        shape = (2, n * draw(st.integers(1, 2)), n, 3) if deep else (2, 3, 1, 2 * n * n)
        x, first = array(draw, shape, DTYPES), draw(st.booleans())
        x = np.moveaxis(x, -1, 1) if first else x
        return [x, n], {"data_format": "channels_first" if first else "channels_last"}

    return row


def _pair(draw: Callable) -> tuple:
    shape = draw(shapes())
    return [array(draw, shape, FLOATS), array(draw, shape, FLOATS), 2.0], {}


TABLE = {
    "multi_hot": fixed((3,), (5, 0), (4, -1, "int32"), shape=(2, 3), kinds=["int32", "uint8"]),
    "space_to_depth": _blocks(deep=True),
    "depth_to_space": _blocks(deep=False),
    "adaptive_average_pool": _adaptive(FLOATS),
    "adaptive_max_pool": _adaptive(DTYPES),
    "psnr": _pair,
}

RNG = np.random.default_rng(0)
LABELS = np.array([[0, 2, 2], [1, 7, -1]], "int32")
IMAGE = RNG.normal(size=(2, 4, 6, 8)).astype("float32")
FIRST = np.moveaxis(IMAGE, -1, 1)
LINE, BLOCK = IMAGE[0], RNG.normal(size=(1, 5, 4, 3, 2)).astype("float32")
WHOLE = RNG.integers(-9, 9, (1, 5, 7, 2)).astype("int32")
OTHER = IMAGE + 0.1 * FIRST.reshape(IMAGE.shape)

POOLED = [
    case(IMAGE, 3),
    case(IMAGE, (2, 4)),
    case(IMAGE, [7, 9]),
    case(FIRST, (3, 5), "channels_first"),
    case(LINE, 4),
    case(BLOCK, (3, 2, 2)),
    case(WHOLE, 3),
    case(IMAGE.astype("float16"), 3),
]
CASES = {
    "multi_hot": [
        case(LABELS, 4),
        case(LABELS, 4, axis=0),
        case(LABELS[0], 3),
        case(LABELS[:, :, None], 4, dtype="int32"),
        case(LABELS, num_tokens=4),
    ],
    "space_to_depth": [case(IMAGE, 2), case(FIRST, 2, "channels_first"), case(WHOLE[:, :4, :4], 4)],
    "depth_to_space": [case(IMAGE, 2), case(FIRST, 2, data_format="channels_first")],
    "adaptive_average_pool": POOLED,
    "adaptive_max_pool": POOLED,
    "psnr": [
        case(IMAGE, OTHER, 2.0),
        case(IMAGE, IMAGE, 1.0),
        case(WHOLE, WHOLE + 1, 255),
        case(IMAGE.astype("float16"), OTHER, 2.0),
    ],
}
NOT_SMOOTH = {"psnr"}  # infinite where both are equal
