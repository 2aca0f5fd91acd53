"""Rows for making tensors: `creation`, `spaces`, `diagonals`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, array, case, fixed, shapes, unary, words

RNG = np.random.default_rng(1)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
J = RNG.integers(-3, 4, (2, 3, 4)).astype("int32")
B = X > 0
ROW = np.array([0.5, -2.0, 3.0], "float32")
COUNTS = np.array([1, 2, 3], "int32")
POSITIVE = RNG.uniform(0.5, 4, (2, 3)).astype("float32")
NONE = np.zeros((0, 3), "float32")


def _grids(draw: Callable) -> tuple:
    rows = [array(draw, (draw(st.integers(1, 3)),), DTYPES) for _ in range(draw(st.integers(1, 3)))]
    return rows, {"indexing": draw(st.sampled_from(["xy", "ij"]))}


def _powers(draw: Callable) -> tuple:
    x = array(draw, (draw(st.integers(1, 4)),), [name for name in DTYPES if name != "bool"])
    return [x, draw(st.sampled_from([None, 2, 5]))], {"increasing": draw(st.booleans())}


def _spaced(draw: Callable) -> tuple:
    """Both ends of one shape, or one a number."""
    shape = draw(shapes(1, 2))
    start, stop = array(draw, shape, DTYPES), array(draw, shape, DTYPES)
    ends = draw(st.sampled_from([[start, stop], [1, stop], [start, 2.5]]))
    settings = {"num": draw(st.integers(1, 4)), "endpoint": draw(st.booleans())}
    dtype = draw(st.sampled_from([None, "float16", "int32"]))
    return ends, {**settings, "dtype": dtype, "axis": draw(st.sampled_from([0, 1, -1]))}


def _diagonal(draw: Callable) -> tuple:
    x = array(draw, draw(shapes(3)), DTYPES)
    axes = draw(st.sampled_from([(0, 1), (1, 2), (2, 0), (-1, -2)]))
    return [x, draw(st.integers(-2, 2)), *axes], {}


def _diag(draw: Callable) -> tuple:
    return [array(draw, draw(shapes(1, 2)), DTYPES), draw(st.integers(-2, 2))], {}


def _flat(draw: Callable) -> tuple:
    return [array(draw, draw(shapes()), DTYPES), draw(st.integers(-2, 2))], {}


def _triangle(draw: Callable) -> tuple:
    return [array(draw, draw(shapes(2)), DTYPES), draw(st.integers(-2, 2))], {}


TABLE: dict[str, Callable] = {
    **dict.fromkeys(words("ones_like zeros_like empty_like copy"), unary()),
    "full_like": fixed((2,), (0.5,), (1, "int32")),
    "meshgrid": _grids,
    "vander": _powers,
    **dict.fromkeys(words("linspace logspace geomspace"), _spaced),
    **dict.fromkeys(words("diagonal trace"), _diagonal),
    "diag": _diag,
    "diagflat": _flat,
    **dict.fromkeys(words("tril triu"), _triangle),
}
WITHOUT_SYMBOLIC = set(words("arange array empty eye full identity ones tri zeros"))
# Each tensor's only size is one of all the results' sizes; a flattened tensor's is squared.
FIXED_SIZES = {"meshgrid", "diagflat"}

LIKE = [case(X), case(J), case(B), case(X, dtype="int32"), case(np.float32(1)), case(NONE)]
TRIANGLES = [case(X), case(J, 1), case(B, -1), case(X[0].T, -2), case(X[0, :, ::2], 5), case(NONE)]
CASES: dict[str, list] = {
    "arange": [
        *(case(5), case(1, 7, 2), case(0.0, 1.0, 0.25), case(5, dtype="float32")),
        *(case(5, 1), case(5, 1, -2), case(0.5, 3), case(3, dtype="bfloat16")),
        *(case(np.int16(4)), case(np.float32(1), np.int32(4))),
    ],
    "array": [case(X), case(2.5), case([1, 2]), case([[1.0, 2]]), case(J, "float16"), case(True)],
    "copy": [case(X), case(J), case(B), case(X[:, ::2]), case(np.float32(2)), case(NONE)],
    "empty": [case((2, 3)), case((), "int32"), case(4)],
    "eye": [case(3), case(3, 4, 1), case(3, k=-1, dtype="int32"), case(2, 0), case(2, 3, 5)],
    "full": [case((2, 3), 1.5), case((2,), 3, "int32"), case((2, 3), ROW), case(2, True)],
    "full_like": [case(X, 2), case(J, 2.5, "float32"), case(POSITIVE, ROW), case(NONE, 1)],
    "identity": [case(3), case(2, "int32"), case(0)],
    "ones": [case((2, 3)), case((2,), dtype="bool"), case(3)],
    "zeros": [case((2, 3)), case((), dtype="int32"), case((0, 2))],
    **dict.fromkeys(words("ones_like zeros_like empty_like"), LIKE),
    "meshgrid": [
        *(case(ROW, COUNTS), case(ROW, COUNTS, indexing="ij"), case(ROW), case()),
        *(case(ROW, COUNTS, B[0, 0]), case(ROW, COUNTS, B[0, 0], indexing="ij")),
    ],
    "vander": [
        *(case(ROW), case(COUNTS), case(ROW, 2), case(ROW, 5, True), case(ROW, 0)),
        case(COUNTS.astype("uint8"), 3),
    ],
    "linspace": [
        *(case(0, 10, 5), case(0, 10, 5, endpoint=False), case(0, 10, 5, retstep=True)),
        *(case(0, 10, 4, dtype="int32"), case(0, -10, 4, dtype="int32"), case(0, 10, 11)),
        *(case(2, 10, 1), case(2, 10, 0), case(2, 10, 1, False, True), case(2, 10, 1, True, True)),
        *(case(X, J), case(X, 2, 3, axis=-1), case(0, ROW, 3, axis=1), case(ROW, ROW[:, None], 4)),
        *(case(0, 1, 3, dtype="float16"), case(B, COUNTS[0], 3)),
    ],
    "logspace": [
        *(case(0, 2, 3), case(0, 2, 3, base=2, endpoint=False), case(0, 2, 1), case(ROW, 1.5, 4)),
        *(case(COUNTS, J[:, :, 0], 3, axis=-1), case(1, 2, 0), case(-ROW, ROW, 3, base=2.5)),
    ],
    "geomspace": [
        *(case(1, 1000, 4), case(-1, -1000, 4), case(1, 1000, 3, endpoint=False), case(2, 5, 1)),
        *(case(-1, 1000, 4), case(0, 1000, 4), case(POSITIVE, 7, 5), case(1, 9, 0)),
        *(case(POSITIVE, POSITIVE[::-1], 3, axis=-1), case(-POSITIVE, -3.5, 3, axis=1)),
    ],
    "diagonal": [
        *(case(X), case(J, 1), case(B, -1, 1, 2), case(X, 0, -1, 0), case(X[0], 3), case(X[0], 9)),
        *(case(X[0].T, -1), case(NONE), case(X[:, ::2], 1, 2, 1)),
    ],
    "trace": [
        *(case(X), case(J, 1), case(B, -1, 1, 2), case(X, 0, -1, 0), case(J.astype("uint8"))),
        *(case(X[0], 9), case(NONE)),
    ],
    "diag": [
        *(case(ROW), case(COUNTS, 1), case(ROW, -2), case(B[0, 0], 1), case(X[0]), case(J[0], -1)),
        *(case(X[0], 5), case(NONE[:, 0], 1), case(X[:, ::2, 0])),
    ],
    "diagflat": [case(X), case(J[0], -1), case(np.float32(2), 1), case(NONE)],
    "tri": [case(3), case(2, 3, 1), case(3, k=-1, dtype="int8"), case(2, 4, -5), case(0, 2)],
    **dict.fromkeys(["tril", "triu"], TRIANGLES),
}
PAIRS = set(words("linspace logspace geomspace"))
ALONE = set(words("ones_like zeros_like empty_like copy diagonal trace diag diagflat tril triu"))
