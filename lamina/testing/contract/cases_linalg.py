"""Rows of the table for linear algebra; factors that are unique up to signs only are multiplied again."""

import functools

import numpy as np

from lamina.testing.contract.cases import case, draw

row = functools.partial(case, dtypes=("float32", "float64"))
BATCHES = ((), (2,), (0,))


def _square(batch, n=3):
    return draw(*batch, n, n) / 2 + 2 * np.eye(n)


def _transposed(e, x):
    ndim = len(e.shape(x))
    return e.transpose(x, (*range(ndim - 2), ndim - 1, ndim - 2))


def definite(primitive, label, inputs, reference, call):
    """Add a row of `x xᵀ`: positive definite and symmetric whatever `x` is, so differences of `x` stay within."""
    row(
        *(primitive, label, inputs, lambda x: reference(x @ x.swapaxes(-1, -2))),
        lambda e, x: call(e, e.matmul(x, _transposed(e, x))),
    )


def _scaled(e, columns, values):
    """`columns`, each times its value."""
    return e.multiply(columns, e.reshape(values, (*e.shape(values)[:-1], 1, e.shape(values)[-1])))


def _factors():
    for batch in BATCHES:
        x, label = [_square(batch)], str(batch)
        definite("cholesky", label, x, np.linalg.cholesky, lambda e, x: e.cholesky(x))
        definite("eigh", label, x, lambda x: x, lambda e, x: _recomposed(e, *e.eigh(x)))
        definite("eigh", f"values-{label}", x, np.linalg.eigvalsh, lambda e, x: e.eigh(x)[0])
        for rows, columns in ((4, 3), (3, 4), (3, 3)):
            _of_any_shape([draw(*batch, rows, columns)], f"{batch}-{rows}x{columns}", rows, columns)


def _of_any_shape(x, label, rows, columns):
    for mode in ("reduced", "complete"):
        row(
            *("qr", f"{label}-{mode}", x, lambda x, mode: x),
            lambda e, x, mode: e.matmul(*e.qr(x, mode)),
            args=(mode,),
            # Of a complete Q, or of wide matrices, engines know no slope.
            smooth=mode == "reduced" and rows >= columns,
        )
    for full in (False, True):
        row(
            *("svd", f"{label}-{full}", x, lambda x, full, least: x),
            lambda e, x, full, least: _product_of_svd(e, *e.svd(x, full), least),  # pyright: ignore[reportCallIssue]
            args=(full, min(rows, columns)),
            smooth=not full,
        )
    row("singular_values", label, x, lambda x: np.linalg.svd(x, compute_uv=False))


def _recomposed(e, values, vectors):
    return e.matmul(_scaled(e, vectors, values), _transposed(e, vectors))


def _product_of_svd(e, u, values, vh, least):
    u = e.getitem(u, (..., slice(0, least)))  # what is full has more, which no value belongs to
    vh = e.getitem(vh, (..., slice(0, least), slice(None)))
    return e.matmul(_scaled(e, u, values), vh)


def _equations():
    for batch in BATCHES:
        a, b, label = _square(batch), draw(*batch, 3, 2, seed=1), str(batch)
        row("solve", label, [a, b], np.linalg.solve)
        for lower in (True, False):
            row("solve_triangular", f"{label}-{lower}", [a, b], _solve_triangular, args=(lower,))
        row("det", label, [a], np.linalg.det)
        for i, part in enumerate(("sign", "logarithm")):
            row(
                *("slogdet", f"{label}-{part}", [a], lambda x, i: np.linalg.slogdet(x)[i]),
                lambda e, x, i: e.slogdet(x)[i],
                args=(i,),
                smooth=part == "logarithm",
            )


def _solve_triangular(a, b, lower):
    return np.linalg.solve(np.tril(a) if lower else np.triu(a), b)


_factors()
_equations()
