"""Linear algebra on NumPy: LAPACK by `numpy.linalg`."""

import numpy as np
from numpy import linalg

from lamina.engine.elimination import lu_factor as lu_factor
from lamina.engine.linalg import NOT_POSITIVE, SINGULAR, saying
from lamina.engine.numpy.convert import quiet

det, slogdet, qr, svd, eigh = quiet(linalg.det), linalg.slogdet, linalg.qr, linalg.svd, linalg.eigh
cholesky = quiet(saying(NOT_POSITIVE, linalg.LinAlgError, linalg.cholesky))
solve = quiet(saying(SINGULAR, linalg.LinAlgError, linalg.solve))


def singular_values(x):
    return linalg.svd(x, compute_uv=False)


def eig(x):
    complex_dtype = np.result_type(x.dtype, np.complex64)  # real where NumPy finds only real ones
    return [part.astype(complex_dtype) for part in linalg.eig(x)]


def solve_triangular(a, b, lower):
    return solve(np.tril(a) if lower else np.triu(a), b)
