"""Rows of the table for linear algebra; factors that are unique up to signs only are multiplied again."""

from __future__ import annotations

import numpy as np

from lamina.testing.contract.cases import case, draw

WIDE = ("float32", "float64")
BATCHES = ((), (2,), (0,))


def _square(batch, n=3):
    return draw(*batch, n, n) / 2 + 2 * np.eye(n)


def _transposed(e, x):
    ndim = len(e.shape(x))
    return e.transpose(x, (*range(ndim - 2), ndim - 1, ndim - 2))


def _definite(e, x):
    """`x xᵀ`: positive definite and symmetric whatever `x` is, so differences of `x` stay within."""
    return e.matmul(x, _transposed(e, x))


def _numpy_definite(x):
    return x @ x.swapaxes(-1, -2)


def _scaled(e, columns, values):
    """`columns`, each times its value."""
    return e.multiply(columns, e.reshape(values, (*e.shape(values)[:-1], 1, e.shape(values)[-1])))


def _factors():
    for batch in BATCHES:
        x, label = _square(batch), str(batch)
        case(
            *("cholesky", label, [x]),
            lambda x: np.linalg.cholesky(_numpy_definite(x)),
            lambda e, x: e.cholesky(_definite(e, x)),
            dtypes=WIDE,
        )
        case(
            *("eigh", label, [x]),
            _numpy_definite,
            lambda e, x: _recomposed(e, *e.eigh(_definite(e, x))),
            dtypes=WIDE,
        )
        case(
            *("eigh", f"values-{label}", [x]),
            lambda x: np.linalg.eigvalsh(_numpy_definite(x)),
            lambda e, x: e.eigh(_definite(e, x))[0],
            dtypes=WIDE,
        )
    for batch in BATCHES:
        for rows, columns in ((4, 3), (3, 4), (3, 3)):
            x, label = draw(*batch, rows, columns), f"{batch}-{rows}x{columns}"
            _of_any_shape(x, label)


def _of_any_shape(x, label):
    columns, least = x.shape[-1], min(x.shape[-2:])
    for mode in ("reduced", "complete"):
        # Of a complete Q, or of wide matrices, engines know no slope.
        smooth = mode == "reduced" and x.shape[-2] >= columns
        case(
            *("qr", f"{label}-{mode}", [x]),
            lambda x: x,
            lambda e, x, mode=mode: e.matmul(*e.qr(x, mode)),
            dtypes=WIDE,
            smooth=smooth,
        )
    case(
        *("svd", label, [x]),
        lambda x: x,
        lambda e, x: _product_of_svd(e, *e.svd(x, False)),
        dtypes=WIDE,
    )
    case(
        *("svd", f"full-{label}", [x]),
        lambda x: x,
        lambda e, x: _product_of_svd(e, *e.svd(x, True), least),  # pyright: ignore[reportCallIssue]
        dtypes=WIDE,
        smooth=False,
    )
    case(
        *("singular_values", label, [x]),
        lambda x: np.linalg.svd(x, compute_uv=False),
        dtypes=WIDE,
    )


def _recomposed(e, values, vectors):
    return e.matmul(_scaled(e, vectors, values), _transposed(e, vectors))


def _product_of_svd(e, u, values, vh, least=None):
    if least is not None:  # what is full has columns and rows that no value belongs to
        u = e.getitem(u, (..., slice(0, least)))
        vh = e.getitem(vh, (..., slice(0, least), slice(None)))
    return e.matmul(_scaled(e, u, values), vh)


def _equations():
    for batch in BATCHES:
        a, b = _square(batch), draw(*batch, 3, 2, seed=1)
        case("solve", str(batch), [a, b], np.linalg.solve, dtypes=WIDE)
        for lower, triangle in ((True, np.tril), (False, np.triu)):
            case(
                *("solve_triangular", f"{batch}-{lower}", [a, b]),
                lambda a, b, triangle=triangle: np.linalg.solve(triangle(a), b),
                lambda e, a, b, lower=lower: e.solve_triangular(a, b, lower),
                dtypes=WIDE,
            )
        case("det", str(batch), [a], np.linalg.det, dtypes=WIDE)
        for i, part in enumerate(("sign", "logarithm")):
            case(
                *("slogdet", f"{batch}-{part}", [a]),
                lambda x, i=i: np.linalg.slogdet(x)[i],
                lambda e, x, i=i: e.slogdet(x)[i],
                dtypes=WIDE,
                smooth=part == "logarithm",
            )


_factors()
_equations()
