"""Rows for products of matrices and tensors, and `slogdet`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, FLOATS, array, case, shapes, words

RNG = np.random.default_rng(4)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
J = RNG.integers(-3, 4, (2, 3, 4)).astype("int32")
N = RNG.integers(1, 5, (3, 4)).astype("int32")
BYTES = np.full((3, 4), 100, "int8")
B = X > 0
VECTOR = RNG.uniform(0.5, 1.5, 4).astype("float32")
V3, W3 = X[0, :, 0], X[1, :, 1]
NONE = np.zeros((0, 4), "float32")
SQUARE = RNG.normal(size=(2, 3, 3)).astype("float32")


def _matmul(draw: Callable) -> tuple:
    n, k, m = (draw(st.integers(1, 4)) for _ in range(3))
    batch = draw(shapes(0, 2))
    x = array(draw, draw(st.sampled_from([(k,), (n, k), (*batch, n, k)])), ["float32", "bfloat16"])
    y = array(draw, draw(st.sampled_from([(k,), (k, m), (*batch, k, m)])), ["float32"])
    return [x, y], {}


def _dot(draw: Callable) -> tuple:
    k = draw(st.integers(1, 4))
    x = array(draw, (*draw(shapes(0, 2)), k), ["float32"])
    y = array(draw, draw(st.sampled_from([(k,), (k, 3), (2, k, 3)])), ["float32"])
    return [x, y], {}


def _inner(draw: Callable) -> tuple:
    k = draw(st.integers(1, 4))
    return [array(draw, (*draw(shapes(0, 2)), k), FLOATS) for _ in range(2)], {}


def _einsum(draw: Callable) -> tuple:
    b, i, j, k = (draw(st.integers(1, 4)) for _ in range(4))
    x, y = array(draw, (b, i, j), FLOATS), array(draw, (b, j, k), FLOATS)
    return [draw(st.sampled_from(["bij,bjk->bik", "bij,bjk->k", "bij,bjk->bikj"])), x, y], {}


def _tensordot(draw: Callable) -> tuple:
    x, y = array(draw, (2, 3, 4), FLOATS), array(draw, (4, 3, 5), FLOATS)
    return [x, y, draw(st.sampled_from([((1, 2), (1, 0)), (2, 0), ([-1], [0]), 0]))], {}


def _two(least: int = 0) -> Callable:
    """Two tensors of any shapes."""

    def row(draw: Callable) -> tuple:
        kinds = [name for name in DTYPES if name != "bool"]
        return [array(draw, draw(shapes(least, 2)), kinds) for _ in range(2)], {}

    return row


def _vdot(draw: Callable) -> tuple:
    shape = draw(shapes())
    return [array(draw, shape, FLOATS) for _ in range(2)], {}


def _cross(draw: Callable) -> tuple:
    lead, sizes = draw(shapes(0, 2)), st.sampled_from([2, 3])
    return [array(draw, (*lead, draw(sizes)), FLOATS) for _ in range(2)], {}


def _square(draw: Callable) -> tuple:
    n = draw(st.integers(1, 4))
    return [array(draw, (*draw(shapes(0, 2)), n, n), FLOATS) + np.eye(n)], {}


TABLE: dict[str, Callable] = {
    "matmul": _matmul,
    "dot": _dot,
    "inner": _inner,
    "einsum": _einsum,
    "tensordot": _tensordot,
    "vdot": _vdot,
    **dict.fromkeys(["outer", "kron"], _two()),
    "cross": _cross,
    "slogdet": lambda draw: _rounded(_square(draw)),
}
FIXED_SIZES = set(words("matmul dot inner tensordot vdot outer kron cross slogdet"))

CASES: dict[str, list] = {
    "matmul": [
        *(case(X, X[0].T), case(X, VECTOR), case(VECTOR, VECTOR), case(J, N.T), case(B, B[0].T)),
        *(
            case(BYTES, BYTES.T),
            case(X, N.T),
            case(NONE, X[0].T),
            case(X[0].T[:0], X[0]),
            case(X.T, J.T.swapaxes(1, 2)),
        ),
        case(X[:, None], X.swapaxes(1, 2)),
    ],
    "dot": [
        *(case(X, VECTOR), case(X, X.swapaxes(1, 2)), case(X, 2.0), case(VECTOR, X[0].T)),
        *(case(2, 3), case(J, N.T), case(BYTES, BYTES.T), case(B[0], B[0].T), case(NONE, VECTOR)),
        case(J, X.swapaxes(1, 2)),
    ],
    "inner": [
        *(case(X, X[0]), case(VECTOR, VECTOR), case(2, VECTOR), case(J, N), case(BYTES, BYTES)),
        *(case(B, B[0]), case(X, N), case(NONE, X[0])),
    ],
    "einsum": [
        *(case("bij,kj->bik", X, X[0]), case("bij->jb", X), case("bij,kj->bik", J, N)),
        *(case("ij,kj->ik", BYTES, BYTES), case("ij->i", BYTES), case("ij,jk", X[0], X[1].T)),
        *(case("...i,i->...", X, VECTOR), case("bii", SQUARE), case("bii->bi", SQUARE)),
        *(
            case("ij,kj->ik", B[0], B[1]),
            case(",i->i", 2.0, VECTOR),
            case("bij,bij,j->", X, J, VECTOR),
        ),
        *(case("ij->", X[0], optimize="greedy"), case("ij,kj->ik", N.astype("uint8"), BYTES)),
        case("ij,kj->ik", NONE, X[0]),
    ],
    "tensordot": [
        *(case(X, X.T, ((1, 2), (1, 0))), case(X[0], X[1].T, (1, 0)), case(X, X.T, [[-1], [0]])),
        *(case(VECTOR, N, 0), case(X, X[0]), case(BYTES, BYTES), case(J, X, (0, 0))),
        *(case(B[0], B[1].T, 1), case(NONE, X[0], (-1, -1))),
    ],
    "vdot": [
        *(case(X, J), case(VECTOR, VECTOR), case(2, 3.5), case(BYTES, BYTES), case(B, B)),
        *(case(NONE, NONE), case(X[0].T, N)),
    ],
    "outer": [
        *(case(X, VECTOR), case(2, N), case(J, VECTOR), case(BYTES, BYTES), case(B, B[0])),
        *(case(NONE, X[0]), case(X[:, ::2], N)),
    ],
    "kron": [
        *(case(X[0], X[1]), case(X, VECTOR), case(N, J), case(2, N), case(BYTES, BYTES)),
        *(case(X[0].T, N), case(VECTOR, 1.5)),
    ],
    "cross": [
        case(V3, W3),
        *(
            case(X.swapaxes(1, 2), V3),
            case(X[0], X[1], axis=0),
            case(X, J, 1, 1, 0),
            case(N, N, axis=0),
        ),
        *(case(X[0], X[1].T, axisa=0, axisc=0), case(BYTES[:, :3], N[:, :3].astype("uint8"))),
        case(
            NONE[:, :3], V3
        ),  # of two elements: tests/ops/test_linalg.py, for JAX has given them up
    ],
    "slogdet": [
        *(case(SQUARE), case(SQUARE[0].T), case(N[:, :3]), case(np.zeros((2, 2), "float32"))),
        *(case(np.zeros((0, 2, 2), "float32")), case(np.zeros((0, 0), "float32"))),
    ],
}
PAIRS = set(words("matmul dot inner tensordot vdot outer kron"))

WITHOUT_NUMBERS = {"matmul"}


def _rounded(row: tuple) -> tuple:
    """`array` widens when an identity is added."""
    (x,), kwargs = row
    return [x.astype("float32")], kwargs
