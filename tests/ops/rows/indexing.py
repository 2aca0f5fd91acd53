"""Rows for choosing elements: `indexing`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, array, case, fixed, shapes

RNG = np.random.default_rng(3)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
J = RNG.integers(-3, 4, (2, 3, 4)).astype("int32")
B = X > 0
LABELS = RNG.integers(0, 4, (2, 3)).astype("int32")
ROW = np.array([0.5, -2.0, 3.0], "float32")
PLACES = np.array([5, 0, -1, 9], "int32")
KEYS = [1, slice(1, 3), slice(None, None, 2), None, ..., (0, 1), (..., 2), (slice(None), None, -1)]


def _taken(draw: Callable) -> tuple:
    x, indices = array(draw, (4, 5, 3), DTYPES), array(draw, draw(shapes()), ["int32", "uint8"])
    return [np.concatenate([x, x]), indices], {"axis": draw(st.sampled_from([0, 1, -2, None]))}


def _taken_along(draw: Callable) -> tuple:
    axis = draw(st.sampled_from([0, 1, -1]))
    return [array(draw, (4, 5, 4), DTYPES), np.zeros((4, 5, 4), "int32")], {"axis": axis}


def _selected(draw: Callable) -> tuple:
    shape, n = draw(shapes()), draw(st.integers(1, 3))
    conditions = [array(draw, shape, ["bool", "int32"]) for _ in range(n)]
    choices = [array(draw, shape, DTYPES) for _ in range(n)]
    return [conditions, choices, draw(st.sampled_from([0, 0.5, True]))], {}


TABLE: dict[str, Callable] = {
    "get_item": fixed(*[(key,) for key in KEYS], shape=(4, 5, 3)),
    "take": _taken,
    "take_along_axis": _taken_along,
    "select": _selected,
    "unravel_index": fixed(((2, 3),), ((4,),), (4,), shape=(2, 3), kinds=["int32", "uint8"]),
}
FIXED_SIZES = {"take_along_axis"}

CASES: dict[str, list] = {
    "get_item": [
        *(case(X, key) for key in [*KEYS[:1], *KEYS[3:]]),
        *(
            case(X, (Ellipsis, np.array([1, 0]))),
            case(ROW, [0, -1]),
            case(X, (np.array([0, 1]), 2)),
        ),
        *(case(X, B), case(X, (slice(None), slice(None, None, -1))), case(J, (0, slice(5, 1, -2)))),
        *(case(X, (slice(0, 0),)), case(X[:, ::2], (..., slice(None, -1)))),
    ],
    "take": [
        *(case(X, LABELS - 2, axis=-1), case(X, np.array([0, 5])), case(X, 1, axis=0)),
        *(case(ROW, np.array([-1, 0], "int8")), case(X, LABELS.astype("uint8"), -1)),
        *(case(J, np.zeros((0,), "int32"), 1), case(X.T, np.array([[0], [-2]]), 1), case(B, 2, -1)),
    ],
    "take_along_axis": [
        *(case(X, LABELS[..., None], axis=-1), case(X, -LABELS[..., None], axis=-1)),
        *(case(X, np.array([5, -1])), case(X[0], np.array([[1]]), axis=1)),
        *(
            case(X[0], np.array([[1, 0, 2, 1]], "uint8"), axis=0),
            case(J, LABELS[..., None][..., :0], -1),
        ),
        case(X.T, LABELS.T[None], 0),
    ],
    "select": [
        *(case([B, X < -1], [X, J], 5), case([B], [J]), case([B], [J], 0.5), case([J], [J])),
        *(case([B[:1]], [X], 7), case([True], [1.5], 2), case([B, ~B], [X, X[:, :1]], 2)),
        *(case([B], [J.astype("int8")]), case([B], [J.astype("uint8")], 3)),
        case([B[:, :0]], [X[:, :0]]),
    ],
    "unravel_index": [
        *(case(PLACES, (2, 3)), case(5, (2, 3)), case(PLACES[:2].astype("uint8"), (2, 3))),
        *(case(PLACES[None], (5, 2, 1)), case(PLACES[:0], (2, 3)), case(PLACES.astype("int16"), 7)),
    ],
}
WITHOUT_SYMBOLIC = {"vectorize"}  # it takes a function; tests/ops/test_vectorize.py
WITHOUT_ORACLE = {"vectorize"}
