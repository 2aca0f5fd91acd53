"""Rows for special functions, the largest elements, segments and complex views."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, FLOATS, array, binary, case, fixed, unary, words

RNG = np.random.default_rng(3)
X = RNG.normal(size=(3, 4)).astype("float32")
SPECIAL = np.array([0.0, -0.0, 1, -1, 2, np.inf, -np.inf, np.nan, 9, -7, 1e-30], "float32")
IDS = np.array([2, 0, 2, -1, 5, 2, 0], "int32")
ROWS = RNG.normal(size=(7, 2)).astype("float32")
INTS = RNG.integers(1, 5, 7).astype("int32")
SEGMENTS = words("segment_sum segment_prod segment_max segment_min")
TIES = np.array([[1, 3, 2, 3], [0, 0, -5, 0]], "int32")


def _segments(draw: Callable) -> tuple:
    data = array(draw, draw(st.sampled_from([(7,), (7, 2)])), DTYPES[1:])
    return [data, IDS, draw(st.integers(1, 5))], {}


def _classes(draw: Callable) -> tuple:
    return [np.array([0, 2, 9], "int32"), array(draw, (3, 4), FLOATS), draw(st.integers(1, 4))], {}


TABLE = {
    **dict.fromkeys(words("erfc erfinv"), unary()),
    "gammainc": binary(FLOATS),
    "polar": binary(FLOATS),
    "top_k": fixed((1,), (3,), (2, False)),
    "in_top_k": _classes,
    **dict.fromkeys(SEGMENTS, _segments),
    "view_as_complex": fixed((), shape=(3, 2)),
    "view_as_real": unary([*FLOATS, "complex64"]),
}
FIXED_SIZES = {*SEGMENTS, "in_top_k", "view_as_complex"}
CASES = {
    "erfc": [case(X), case(SPECIAL), case(np.array([0, 1, 2], "int32"))],
    "erfinv": [case(np.tanh(X)), case(SPECIAL), case(np.array([0.5, -0.9], "float16"))],
    "top_k": [
        *(case(X, k) for k in (1, 4)),
        *(case(TIES, 3), case(TIES, k=2, sorted=False), case(TIES.astype("uint8"), 2)),
        case(SPECIAL, 4),
        case(np.array([True, False, True]), 2),
    ],
    "in_top_k": [
        *(case(np.array([0, 3, 2]), X, k) for k in (1, 2, 9)),
        case(np.array([0, 1, 2]), np.full((3, 3), 0.5, "float32"), 1),
        case(np.array([5, 1]), X[:2], 2),
        case(np.array([0, 1]), np.array([[np.nan, 1, 2], [np.inf, 1, 2]], "float32"), 2),
    ],
    **{
        name: [
            case(ROWS, IDS, 4),
            case(ROWS[:, 0], IDS, num_segments=3),
            case(INTS, IDS, 4),
            case(INTS.astype("uint8"), np.sort(IDS), 4, sorted=True),
        ]
        for name in SEGMENTS
    },
    "polar": [case(np.abs(X), X[:1] * 3), case(np.ones(2, "float16"), np.float32(2))],
    "view_as_complex": [case(X[:, :2]), case(np.ones((3, 2), "float16"))],
    "view_as_real": [case(X + 1j * X.astype("complex64")), case(X)],
}
WITHOUT_ORACLE = {"gammainc"}  # not in Keras 3.15.1; tests/ops/test_special.py
ALONE = {"erfc", "erfinv"}
NOT_SMOOTH = {
    "erfinv",
    "erfc",
    "segment_max",
    "segment_min",
    "view_as_complex",
    "view_as_real",
    "polar",
}
TOLERANCE = {
    "erfinv": 1e-4,
    "erfc": 3e-5,
}  # near 1 and far out: a last place there is many of erf's
