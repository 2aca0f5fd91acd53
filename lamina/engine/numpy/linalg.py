"""Linear algebra on NumPy: LAPACK by `numpy.linalg`, and the factors that it keeps to itself."""

from __future__ import annotations

import numpy as np

from lamina.engine.linalg import NOT_POSITIVE, SINGULAR, saying
from lamina.engine.numpy.convert import quiet

det = quiet(np.linalg.det)
cholesky = quiet(saying(NOT_POSITIVE, np.linalg.LinAlgError, np.linalg.cholesky))
solve = quiet(saying(SINGULAR, np.linalg.LinAlgError, np.linalg.solve))


def qr(x, complete):
    return tuple(np.linalg.qr(x, "complete" if complete else "reduced"))


def svd(x, full):
    return tuple(np.linalg.svd(x, full_matrices=full))


def singular_values(x):
    return np.linalg.svd(x, compute_uv=False)


def eigh(x):
    return tuple(np.linalg.eigh(x))


def eig(x):
    complex_dtype = np.result_type(x.dtype, np.complex64)  # real where NumPy finds only real ones
    return tuple(part.astype(complex_dtype) for part in np.linalg.eig(x))


@quiet
def solve_triangular(a, b, lower):
    return solve(np.tril(a) if lower else np.triu(a), b)


@quiet
def lu_factor(x):
    """Gaussian elimination with the largest pivot of each column, all matrices of a batch at once."""
    *batch, rows, columns = x.shape
    factors = np.array(x).reshape(-1, rows, columns)
    steps = min(rows, columns)
    pivots = np.zeros((len(factors), steps), np.int32)
    each = np.arange(len(factors))
    for i in range(steps):
        pivots[:, i] = chosen = i + np.argmax(np.abs(factors[:, i:, i]), axis=1)
        factors[each, i], factors[each, chosen] = factors[each, chosen], factors[each, i]
        pivot = factors[:, i : i + 1, i]
        factors[:, i + 1 :, i] /= np.where(pivot == 0, 1, pivot)  # below a pivot of 0 all are 0
        below = factors[:, i + 1 :, i, None]
        factors[:, i + 1 :, i + 1 :] -= below * factors[:, i, None, i + 1 :]
    return factors.reshape(x.shape), pivots.reshape(*batch, steps)


def slogdet(x):
    return tuple(np.linalg.slogdet(x))
