"""Rows for linear algebra; what is unique up to signs or order only is in `tests/ops/test_linalg.py`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, FLOATS, array, case, shapes, words

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
J = RNG.integers(-3, 4, (2, 3, 4)).astype("int32")
B = X > 0
SQUARE = (RNG.normal(size=(2, 3, 3)) + 2 * np.eye(3)).astype("float32")
POSITIVE = (SQUARE @ SQUARE.swapaxes(1, 2) + np.eye(3)).astype("float32")
WHOLE = np.array([[4, 1], [1, 3]], "int32")
LOWER = np.tril(SQUARE) + np.eye(3, dtype="float32")
SINGULAR = np.array([[1, 2], [2, 4]], "float32")
NONE = np.zeros((0, 2, 2), "float32")
VECTOR = RNG.uniform(0.5, 1.5, 3).astype("float32")
SMALL = X[0, :2, :2].astype("float16")


def matrices(square: bool, symmetric: bool = False, **kwargs: list) -> Callable:
    """Well-conditioned matrices, and one choice for each keyword."""

    def row(draw: Callable) -> tuple:
        n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
        x = array(draw, (*draw(shapes(0, 2)), n, n if square else m), DTYPES)
        if square:
            x = (x + 6 * np.eye(n)).astype(x.dtype if x.dtype != bool else "int32")
            x = np.maximum(x, x.swapaxes(-1, -2)) if symmetric else x
        return [x], {name: draw(st.sampled_from(values)) for name, values in kwargs.items()}

    return row


def _equations(draw: Callable) -> tuple:
    (a,), _ = matrices(square=True)(draw)
    shape = draw(st.sampled_from([a.shape[-1:], (*a.shape[:-1], 2), (a.shape[-1], 3)]))
    return [a, array(draw, shape, FLOATS)], {}


def _overdetermined(draw: Callable) -> tuple:
    (a,), _ = matrices(square=False)(draw)
    return [a, array(draw, (*a.shape[:-1], 2), FLOATS)], {}


def _norm(draw: Callable) -> tuple:
    x = array(draw, draw(shapes(2)), FLOATS)
    one = [None, 0, 1, 2, -1, 3.5, np.inf, -np.inf]
    two = [None, 1, -1, 2, -2, "fro", "nuc", np.inf, -np.inf]
    axis = draw(st.sampled_from([0, -1, (0, 1), (-1, 0)]))
    order = draw(st.sampled_from(one if isinstance(axis, int) else two))
    return [x, order, axis], {"keepdims": draw(st.booleans())}


def _points(draw: Callable) -> tuple:
    shape = draw(shapes(2))
    return [array(draw, shape, DTYPES), array(draw, (*shape[:-2], 3, shape[-1]), DTYPES)], {}


TABLE: dict[str, Callable] = {
    "cholesky": matrices(True, symmetric=True, upper=[False, True]),
    "cholesky_inverse": matrices(True, upper=[False, True]),
    "eigh": matrices(True, symmetric=True),
    **dict.fromkeys(words("det logdet inv eig"), matrices(True)),
    "matrix_power": matrices(True, n=[-2, -1, 0, 1, 5]),
    "lu_factor": matrices(False),
    "qr": matrices(False, mode=["reduced", "complete"]),
    "svd": matrices(False, full_matrices=[True, False], compute_uv=[True, False]),
    "pinv": matrices(False),
    "matrix_rank": matrices(False, tol=[None, 0.5]),
    **dict.fromkeys(["solve", "solve_triangular"], _equations),
    "lstsq": _overdetermined,
    "norm": _norm,
    "cdist": _points,
}
# The first axis may be rows or columns here.
FIXED_SIZES = set(words("cholesky cholesky_inverse det logdet inv eigh eig matrix_power solve"))
FIXED_SIZES |= set(words("solve_triangular lstsq cdist lu_factor"))

FACTORED = [case(LOWER[0]), case(np.tril(WHOLE)), case(SQUARE[0]), case(NONE[:, 0, :0])]
DEFINITE = [case(POSITIVE), case(POSITIVE[0]), case(WHOLE), case(NONE)]
REGULAR = [case(SQUARE), case(SQUARE[0].T), case(WHOLE), case(NONE), case(SQUARE[..., :1, :1])]
RIGHT = [case(SQUARE, X), case(SQUARE, VECTOR), case(WHOLE, X[0, :2]), case(SQUARE[0], X[1])]
TALL, FLAT = X.swapaxes(1, 2), X
OF_VECTORS = [None, 0, 1, 2, -1, -2, 3, 0.5, np.inf, -np.inf]
OF_MATRICES = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]
CASES: dict[str, list] = {
    "cholesky": [
        *DEFINITE,
        case(POSITIVE, upper=True),
        case(POSITIVE[0] + np.triu(X[0, :, :3]) / 9),
    ],
    "cholesky_inverse": [*FACTORED, case(LOWER[0].T, upper=True), case(SQUARE[0], True)],
    "det": [*REGULAR, case(SINGULAR), case(np.zeros((0, 0), "float32"))],
    "logdet": DEFINITE,
    "inv": REGULAR,
    "lu_factor": [case(SQUARE), case(X), case(TALL), case(WHOLE), case(SINGULAR), case(NONE)],
    "pinv": [case(TALL), case(FLAT), case(SQUARE), case(WHOLE), case(X, 0.3), case(J)],
    "lstsq": [
        *(case(TALL[0], X[0].T), case(TALL[0], X[0, 0]), case(FLAT[0], VECTOR), case(WHOLE, WHOLE)),
        case(TALL[0], X[0, 0], 0.4),
    ],
    "matrix_rank": [
        *(case(X), case(SINGULAR), case(0 * X), case(POSITIVE, tol=3.5), case(WHOLE), case(NONE)),
    ],
    "solve": [*RIGHT, case(SQUARE[:1], X), case(NONE, NONE), case(WHOLE, VECTOR[:2])],
    "solve_triangular": [
        *(
            case(SQUARE, X),
            case(SQUARE, VECTOR),
            case(LOWER, X, lower=True),
            case(WHOLE, VECTOR[:2]),
        ),
        *(case(LOWER[0], X[0], True), case(NONE, NONE)),
    ],
    "norm": [
        *(case(X), case(X, keepdims=True), case(X, axis=-1), case(X, axis=1, keepdims=True)),
        *(
            case(J, axis=0),
            case(B, axis=0),
            case(0 * X, axis=1),
            case(NONE),
            case(SMALL, 3, axis=0),
        ),
        *(case(VECTOR, ord=order) for order in OF_VECTORS),
        *(case(X, order, axis=1, keepdims=True) for order in (0, 1, 3, -np.inf)),
        *(case(X[0], ord=order) for order in (None, "nuc", -2)),
        *(case(X, order, axis=(0, 2)) for order in OF_MATRICES),
        *(case(X, order, axis=(-1, 1), keepdims=True) for order in ("fro", 1, 2, -np.inf)),
        *(case(X, 1, axis=(2,)), case(WHOLE, "nuc"), case(WHOLE, 0, axis=0)),
    ],
    "cdist": [
        *(case(X, X[:, :2] + 1), case(X, X[0, :1]), case(J, X), case(J, J), case(NONE, NONE)),
        case(X.swapaxes(1, 2), VECTOR[None]),
    ],
}
WITHOUT_ORACLE = set(words("qr svd eigh eig"))  # up to signs or order
WITHOUT_ORACLE |= {"matrix_power"}  # Keras 3.15.1 has it not yet
ALONE = set(words("det logdet inv pinv cholesky cholesky_inverse norm matrix_rank"))
NAMESPACES: dict[str, str] = {}
# Orders with a kink: sizes of elements near 0 in the test's own differences, the 0-th a step.
NOT_SMOOTH: set[str] = set()
# Solving multiplies rounding errors by the condition, some 10 to 100 here.
TOLERANCE = dict.fromkeys(words("inv pinv lstsq solve solve_triangular cholesky_inverse det"), 1e-4)
TOLERANCE |= {"lu_factor": 1e-4, "norm": 1e-4}
