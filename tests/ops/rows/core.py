"""Rows for casting, scattering, slicing and rearranging."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, array, case, fixed, words

RNG = np.random.default_rng(2)
X = RNG.normal(size=(3, 4)).astype("float32")
V = np.arange(5, dtype="float32")
WIDE = np.array([-1e9, -300.0, -1.5, 0, 1.7, 300, 1e30, np.inf, -np.inf], "float32")
PAIRS_OF_PLACES = np.array([[0, 1], [2, 3], [0, 1], [-1, 0]], "int32")


def _scattered(draw: Callable) -> tuple:
    depth = draw(st.integers(1, 2))
    indices = np.arange(3 * depth).reshape(3, depth).astype("int32") % 2
    rest = (2,) * (2 - depth)
    return [indices, array(draw, (3, *rest), DTYPES[1:]), (2, 2)], {}


def _updated(draw: Callable) -> tuple:
    indices = np.array([[0], [2]], "int32")
    reduction = draw(st.sampled_from([None, "add", "max", "min", "mul"]))
    kinds = [draw(st.sampled_from(["int32", "float32", "bfloat16"]))]
    return [array(draw, (3, 2), kinds), indices, array(draw, (2, 2), kinds), reduction], {}


def _block(draw: Callable) -> tuple:
    starts = draw(st.sampled_from([(1, 2), (-2, 0), np.array([1, 2], "int32")]))
    sizes = [(2, 1), (1, 3)] + ([(-1, 2)] if isinstance(starts, tuple) else [])
    return [array(draw, (4, 5), DTYPES), starts, draw(st.sampled_from(sizes))], {}


def _replaced(draw: Callable) -> tuple:
    kind = [draw(st.sampled_from(DTYPES))]
    return [array(draw, (4, 5), kind), (1, 2), array(draw, (2, 3), kind)], {}


PATTERNS = [
    ("b h w -> b (h w)", {}),
    ("b h w -> w h b", {}),
    ("(a b) h w -> b h (a w)", {"a": 2}),
    ("b (h one) w -> (b h) one w", {"one": 1}),
]

TABLE = {
    "saturate_cast": fixed(*[(name,) for name in DTYPES]),
    "scatter": _scattered,
    "scatter_update": _updated,
    "slice": _block,
    "slice_update": _replaced,
    "rearrange": lambda draw: (lambda row: ([array(draw, (4, 3, 2), DTYPES), row[0]], row[1]))(
        draw(st.sampled_from(PATTERNS))
    ),
}
WITHOUT_SYMBOLIC = {
    *words("dtype custom_gradient"),
    *words("map fori_loop switch associative_scan vectorized_map jvp"),  # tests/ops/test_control.py
}
FIXED_SIZES = {"scatter", "scatter_update", "slice", "slice_update", "rearrange"}
CASES = {
    "saturate_cast": [
        *(case(WIDE, d) for d in words("uint8 int8 int32 bool float16 bfloat16 uint32")),
        case(np.array([-300, 300, 5], "int32"), "uint8"),
        case(np.array([2**32 - 1, 7], "uint32"), "int32"),
        case(np.array([True, False]), "int8"),
        case(np.array([-3, 100], "int8"), "uint32"),
        case(np.array([np.nan, 1.0], "float32"), "uint8"),
    ],
    "scatter": [
        case(np.array([[0], [2], [0]]), np.array([1.0, 2, 3], "float32"), (4,)),
        case(np.array([[0, 1], [2, 2], [-1, 0]]), np.array([1, 2, 3], "int32"), (3, 3)),
        case(np.array([[0], [2]]), X[:2], (4, 4)),
        case(np.zeros((2, 2, 1), int), X[:2, :2], (4,)),
    ],
    "scatter_update": [
        case(X, np.array([[0, 1], [2, 3]]), np.array([5.0, 6.0], "float32")),
        case(X, np.array([[2], [0]]), X[:2] * 3),
        case(V, np.array([[-1], [1]]), np.array([5.0, 6.0], "float32")),
        *(case(X, PAIRS_OF_PLACES, V[:4] - 1.3, r) for r in ("add", "max", "min", "mul")),
        *(
            case(V.astype("int32"), np.array([[0], [2], [2]]), np.array([1, 2, 3], "int32"), r)
            for r in ("add", "max", "min", "mul")
        ),
    ],
    "slice": [
        *(case(X, starts, (2, 2)) for starts in ((1, 1), (-2, 0), (2, 3), [0, 1])),
        case(X, (1, 1), (-1, 2)),
        case(X, np.array([1, 2]), (2, 2)),
        case(V.astype("int32"), (3,), (2,)),
    ],
    "slice_update": [
        *(case(X, starts, X[:2, :2] * 9) for starts in ((1, 1), (-2, 0), (2, 3))),
        case(V, np.array([4]), V[:2] + 7),
    ],
    "rearrange": [
        case(X, "a b -> b a"),
        case(X, "a b -> (a b)"),
        case(X, "a (b c) -> c a b", c=2),
    ],
}
WITHOUT_ORACLE = WITHOUT_SYMBOLIC
NOT_SMOOTH = {"saturate_cast"}
