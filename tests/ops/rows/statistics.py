"""Rows for statistics, sorting and searching, differences and window functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, along, array, case, fixed, shapes, words

WINDOWS = words("bartlett blackman hamming hanning")


def _average(draw: Callable) -> tuple:
    (x,), kwargs = along(keep=False)(draw)
    weights = draw(st.sampled_from([None, array(draw, x.shape, DTYPES)]))
    return [x, kwargs["axis"], weights], {}


def _ordered(bins_first: bool) -> Callable:
    def row(draw: Callable) -> tuple:
        x = array(draw, draw(shapes()), DTYPES)
        edges = np.sort(array(draw, (4,), ["int32", "float32"]))
        return [edges, x] if bins_first else [x, edges], {}

    return row


def _matrix(draw: Callable) -> tuple:
    return [array(draw, draw(shapes(1, 2)), DTYPES)], {}


def _two_vectors(draw: Callable) -> tuple:
    x, y = (array(draw, (draw(st.integers(1, 5)),), DTYPES) for _ in range(2))
    return [x, y], {"mode": draw(st.sampled_from(["valid", "same", "full"]))}


def _unique(draw: Callable) -> tuple:
    x = array(draw, draw(shapes(1)), DTYPES)
    flags = {
        name: draw(st.booleans()) for name in words("return_index return_inverse return_counts")
    }
    axis = draw(st.sampled_from([None, 0, -1]))
    return [x], {**flags, "axis": axis, "size": draw(st.integers(1, 5))}


def _trapezoid(draw: Callable) -> tuple:
    (y,), kwargs = along(several=False, none=False, keep=False)(draw)
    return [y, draw(st.sampled_from([None, y]))], kwargs


TABLE: dict[str, Callable] = {
    "average": _average,
    "corrcoef": _matrix,
    "correlate": _two_vectors,
    "histogram": fixed((), (3,), (2, (0, 1)), shape=(5,)),
    "argpartition": fixed((1,), (1, 0), (-1, -1), (5, None)),
    "searchsorted": _ordered(bins_first=True),
    "digitize": _ordered(bins_first=False),
    "unique": _unique,
    "diff": fixed((), (2,), (1, 0), (0, -1), (4, 1)),
    "trapezoid": _trapezoid,
}
WITHOUT_SYMBOLIC = {*WINDOWS, "kaiser", "nonzero", "bincount"}
FIXED_SIZES = {"correlate", "unique"}

RNG = np.random.default_rng(4)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
V = RNG.normal(size=7).astype("float32")
W = RNG.uniform(0.5, 1.5, (2, 3, 4)).astype("float32")
J = RNG.integers(0, 5, (3, 4)).astype("int32")
N = RNG.integers(0, 6, 9).astype("int32")
BOOLS = X > 0
EDGES = np.array([-1.0, 0.0, 0.0, 1.5], "float32")
ODD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 0.0], "float32")
ALL = {"return_index": True, "return_inverse": True, "return_counts": True}

CASES: dict[str, list] = {
    "average": [
        *(case(X), case(X, axis=1), case(J, axis=0), case(X, weights=W), case(J, axis=(0, 1))),
        *(case(X, axis=-1, weights=W), case(X, axis=1, weights=W[0, :, 0]), case(BOOLS)),
    ],
    "corrcoef": [case(X[0]), case(V), case(J), case(X[0].T[::-1])],
    "correlate": [
        *(case(V, V[:3]), case(V, V[:3], "full"), case(V, V[:3], "same"), case(V, V[:4], "same")),
        *(case(V[:3], V), case(V[:3], V, "full"), case(V[:2], V, "same"), case(N, N[:2])),
        case(V[::-2], V[:2].astype("float16")),
    ],
    "histogram": [
        *(case(V), case(V, bins=3), case(V, bins=4, range=(-1.0, 1.0)), case(N, bins=5)),
        *(case(np.ones(3, "float32"), bins=2), case(V[::2], bins=3), case(BOOLS.ravel(), bins=2)),
        case(V, bins=2, range=(50.0, 60.0)),
    ],
    "argpartition": [case(np.sort(X), 2), case(np.sort(J, axis=0), 1, axis=0)],
    "searchsorted": [
        *(case(EDGES, X), case(EDGES, X, side="right"), case(EDGES, 0.0), case(EDGES, ODD)),
        *(case(np.sort(N), J), case(np.sort(N), X), case(EDGES, X[:0]), case(EDGES[:0], V)),
        case(np.sort(N).astype("uint8")[::2], J, side="right"),
    ],
    "digitize": [
        *(case(X, EDGES), case(X, EDGES[::-1]), case(J, np.array([1, 3], "int32"))),
        *(case(ODD, EDGES), case(J, EDGES), case(0.5, EDGES), case(X[:0], EDGES)),
    ],
    "unique": [
        *(case(N), case(N, **ALL), case(J, **ALL), case(X, **ALL), case(BOOLS, **ALL)),
        *(case(J, axis=0, **ALL), case(J % 2, axis=1, **ALL), case(J % 2, axis=-1, size=3, **ALL)),
        *(case(N, size=8, **ALL), case(N, size=2, **ALL), case(N, size=9, fill_value=-1, **ALL)),
        *(case(ODD, **ALL), case(N[::-2], sorted=False), case(X.T % 1 > 0.5, axis=1, **ALL)),
        case(V, size=9, fill_value=0.5),
    ],
    "diff": [
        *(case(X), case(X, n=2, axis=0), case(J, axis=0), case(BOOLS), case(X, n=0), case(N, n=12)),
        case(X.T[::-1], axis=1),
    ],
    "trapezoid": [
        *(case(X), case(X, axis=0), case(J, dx=0.5), case(X, x=W), case(X, x=V[:4])),
        *(case(X, x=V[:3], axis=1), case(BOOLS)),
    ],
    "bincount": [
        *(
            case(N),
            case(N, minlength=9),
            case(np.stack([N, N])),
            case(N, weights=V[[0] * 9]),
            case(N[:0]),
        ),
        *(
            case(N, weights=N),
            case(np.stack([N[:4], N[3::-1]]), weights=W[0, :2]),
            case(N.astype("uint8")),
            case(N > 2),
        ),
    ],
    "nonzero": [
        case(J),
        case(X * BOOLS),
        case(BOOLS),
        case(np.zeros((2, 2), "int32")),
        case(J.T[::2]),
    ],
    **{name: [case(n) for n in (0, 1, 2, 5, 8)] for name in WINDOWS},
    "kaiser": [case(5, 3.5), case(1, 2.0), case(8, 0), case(np.array(6), np.array(14.0))],
}
PAIRS = {"searchsorted", "digitize", "correlate"}
ALONE = {"corrcoef", "diff", "trapezoid", "average"}
