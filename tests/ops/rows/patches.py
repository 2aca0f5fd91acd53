"""Rows for windows as columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.ops.drawing import DTYPES, case, fixed

TABLE: dict[str, Callable] = {
    "unfold": fixed((2,), ((1, 2), 2, 1, (1, 2)), shape=(2, 3, 4, 5), kinds=DTYPES[1:]),
    "fold": fixed(
        ((4, 5), (2, 3)), ((3, 4), (1, 4), 1, (0, 1), (1, 1)), ((4, 4), 2),
        shape=(2, 12, 9), kinds=DTYPES[1:],
    ),
}  # fmt: skip

RNG = np.random.default_rng(4)
IMAGES = RNG.normal(size=(2, 3, 6, 7)).astype("float32")
COLUMNS = RNG.normal(size=(2, 18, 18)).astype("float32")

CASES: dict[str, list] = {
    "unfold": [
        case(IMAGES, 2),
        case(IMAGES, (2, 3), dilation=2, padding=1, stride=(1, 2)),
        case((9 * IMAGES).astype("int32"), 2),
    ],
    "fold": [
        case(COLUMNS, (6, 7), (2, 3), dilation=2, padding=1, stride=(1, 2)),
        case(COLUMNS[..., :16], (8, 4), (2, 1), stride=(2, 1)),
    ],
}
