"""Matrices as products of simpler ones."""

from __future__ import annotations

from typing import Any

from lamina.core import graph
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.core.symbolic import KerasTensor
from lamina.engine.contract import Spec
from lamina.ops.matrices import check_matrices, check_square, symmetric, transposed

__all__ = ["cholesky", "eig", "eigh", "lu_factor", "qr", "svd"]


@op(promote="x", floating=True, single=True)
def cholesky(x: Tensor, upper: bool = False) -> Tensor:
    """Return the lower triangle L with `L Lᵀ = x`, or the upper one, `Lᵀ`, if `upper`.

    Args:
        x: `(..., n, n)`, positive definite; its symmetric part is what counts.

    Raises:
        ValueError: not square; or not positive definite (NaN in a compiled program).

    Example:
        >>> cholesky(np.array([[4.0, 2.0], [2.0, 2.0]])).tolist()
        [[2.0, 0.0], [1.0, 1.0]]
    """
    check_square("cholesky", x)
    factor = engine().cholesky(symmetric(x))
    return transposed(factor) if upper else factor


def _cut_at(spec: Spec, axis: int, unknown: bool) -> Spec:
    sizes = list(spec.shape)
    sizes[axis] = None if unknown else sizes[axis]
    return Spec(tuple(sizes), spec.dtype)


def _qr_shape(x: KerasTensor, mode: str = "reduced") -> tuple[Spec, Spec]:
    """Leave the number of columns of Q unknown if a side is, since the shorter side decides it."""
    q, r = graph.infer(qr, (x, mode), {})
    unknown = mode == "reduced" and None in x.shape[-2:]
    return _cut_at(q, -1, unknown), _cut_at(r, -2, unknown)


@op(promote="x", floating=True, single=True, shape=_qr_shape)
def qr(x: Tensor, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """Return Q with orthonormal columns and R upper triangular, `Q R = x`.

    Args:
        x: `(..., m, n)`.
        mode: `"reduced"`: Q `(..., m, k)`, R `(..., k, n)`, k the smaller of m and n; `"complete"`:
            Q `(..., m, m)`, R `(..., m, n)`.

    Raises:
        ValueError: fewer than two axes, or another mode.

    Example:
        >>> q, r = qr(np.ones((3, 2)))
        >>> np.allclose(q @ r, 1)
        True
    """
    one_of("ops.qr", "mode", mode, ("reduced", "complete"))
    check_matrices("qr", x)
    return tuple(engine().qr(x, mode))


def _svd_shape(x: KerasTensor, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Leave the number of singular values unknown if a side is, since the shorter side decides it."""
    specs = graph.infer(svd, (x, full_matrices, compute_uv), {})
    unknown = None in x.shape[-2:]
    if not compute_uv:
        return _cut_at(specs, -1, unknown)
    u, values, vh = specs
    cut = unknown and not full_matrices
    return _cut_at(u, -1, cut), _cut_at(values, -1, unknown), _cut_at(vh, -2, cut)


@op(promote="x", floating=True, single=True, shape=_svd_shape)
def svd(x: Tensor, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Return U, the singular values and Vᵀ: `U diag(values) Vᵀ = x`, with orthonormal U and V.

    Args:
        x: `(..., m, n)`.
        full_matrices: U `(..., m, m)` and Vᵀ `(..., n, n)`; else only as many columns and rows as
            there are values.
        compute_uv: return all three; else only the values.

    Example:
        >>> svd(np.diag([1.0, 3.0]), compute_uv=False).tolist()
        [3.0, 1.0]
    """
    check_matrices("svd", x)
    if not compute_uv:
        return engine().singular_values(x)
    return tuple(engine().svd(x, full_matrices))


@op(promote="x", floating=True, single=True)
def eigh(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the eigenvalues, ascending, and the eigenvectors, as columns, of a symmetric matrix.

    Args:
        x: `(..., n, n)`; its symmetric part is what counts.

    Example:
        >>> values, vectors = eigh(np.array([[2.0, 0.0], [0.0, 1.0]]))
        >>> values.tolist()
        [1.0, 2.0]
    """
    check_square("eigh", x)
    return tuple(engine().eigh(symmetric(x)))


@op(promote="x", floating=True, single=True)
def eig(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the complex eigenvalues, in any order, and eigenvectors, as columns, of a square matrix.

    Args:
        x: `(..., n, n)`.

    Example:
        >>> values, vectors = eig(np.array([[0.0, 1.0], [-1.0, 0.0]]))
        >>> sorted(np.asarray(values).imag.tolist())
        [-1.0, 1.0]
    """
    check_square("eig", x)
    return tuple(engine().eig(x))


@op(promote="x", floating=True, single=True)
def lu_factor(x: Tensor) -> tuple[Tensor, Tensor]:
    """Eliminate as Gauss did: a lower triangle L and an upper one U, with rows exchanged.

    Args:
        x: `(..., m, n)`.

    Returns:
        `(factors, pivots)`: U on and above the diagonal of `factors`, L below it (its own diagonal is
        of ones); `pivots` `(..., k)`, int32: one after the other, row i was exchanged with row
        `pivots[i]`.

    Example:
        >>> factors, pivots = lu_factor(np.array([[1.0, 2.0], [2.0, 2.0]]))
        >>> factors.tolist(), pivots.tolist()
        ([[2.0, 2.0], [0.5, 1.0]], [1, 1])
    """
    check_matrices("lu_factor", x)
    return tuple(engine().lu_factor(x))
