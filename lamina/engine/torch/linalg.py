"""Linear algebra on PyTorch."""

from torch import linalg

from lamina.engine.linalg import NOT_POSITIVE, SINGULAR, saying

cholesky = saying(NOT_POSITIVE, linalg.LinAlgError, linalg.cholesky)
solve = saying(SINGULAR, linalg.LinAlgError, linalg.solve)


def solve_triangular(a, b, lower):
    return linalg.solve_triangular(a, b, upper=not lower)


def lu_factor(x):
    # The plain one refuses singular matrices, which have factors as well.
    factors, pivots, _ = linalg.lu_factor_ex(x)
    return factors, pivots - 1  # LAPACK counts from one
