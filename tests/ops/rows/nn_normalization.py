"""Rows for layer, root-mean-square and p-norm normalization. (The rest is in `basic`.)"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import FLOATS, array, case, shapes


def _normalized(vectors: int, tail: bool) -> Callable:
    def row(draw: Callable) -> tuple:
        x = array(draw, draw(shapes(1)), FLOATS)
        axis = -1 if tail else draw(st.integers(-x.ndim, x.ndim - 1))
        several = [array(draw, (x.shape[axis],), ["float32"]) for _ in range(vectors)]
        return [x, *several[: draw(st.integers(0, vectors))]], {"axis": axis}

    return row


TABLE = {
    "layer_normalization": _normalized(2, tail=False),
    "rms_normalization": _normalized(1, tail=True),
}

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
HALF = X.astype("float16")
G, B = RNG.normal(size=(2, 4)).astype("float32")
TABLE_34 = RNG.normal(size=(3, 4)).astype("float32")
SPARSE = np.array([[3.0, 0.0, -0.0], [1e-9, 0.0, 1e-9]], "float32")

CASES = {
    "layer_normalization": [
        case(X),
        case(X, G, B),
        case(X, G, None, epsilon=0.5),
        case(X, G[:3], B[:3], axis=1),
        case(X, TABLE_34, TABLE_34, axis=(1, 2)),
        case(X, axis=[0, 2]),
        case(HALF, G, B),
        case(1e-3 * X[:, :, :2]),
    ],
    "rms_normalization": [
        case(X),
        case(X, G),
        case(X, 2.0, epsilon=0.5),
        case(X, G[:3, None], axis=1),
        case(X, TABLE_34, axis=(1, 2)),
        case(HALF, G),
        case(200 * HALF),
    ],
}
