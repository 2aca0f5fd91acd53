"""Linear algebra on PyTorch."""

from __future__ import annotations

import torch

from lamina.engine.linalg import NOT_POSITIVE, SINGULAR, saying

det = torch.linalg.det
singular_values = torch.linalg.svdvals
cholesky = saying(NOT_POSITIVE, torch.linalg.LinAlgError, torch.linalg.cholesky)
solve = saying(SINGULAR, torch.linalg.LinAlgError, torch.linalg.solve)


def qr(x, complete):
    return tuple(torch.linalg.qr(x, "complete" if complete else "reduced"))


def svd(x, full):
    return tuple(torch.linalg.svd(x, full_matrices=full))


def eigh(x):
    return tuple(torch.linalg.eigh(x))


def eig(x):
    return tuple(torch.linalg.eig(x))


def solve_triangular(a, b, lower):
    return torch.linalg.solve_triangular(a, b, upper=not lower)


def lu_factor(x):
    # The plain one refuses singular matrices, which have factors as well.
    factors, pivots, _ = torch.linalg.lu_factor_ex(x)
    return factors, pivots - 1  # LAPACK counts from one


def slogdet(x):
    return tuple(torch.linalg.slogdet(x))
