"""Equations, inverses, least squares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core.op import Tensor, engine, op
from lamina.ops.matrices import check_matrices, check_square, epsilon, identity_like, transposed
from lamina.ops.numpy.axes import peak

__all__ = ["cholesky_inverse", "inv", "lstsq", "matrix_rank", "pinv", "solve", "solve_triangular"]


@op(promote="a b", floating=True, single=True)
def solve(a: Tensor, b: Tensor) -> Tensor:
    """Return x with `a x = b`.

    Args:
        a: `(..., n, n)`.
        b: `(..., n, k)`, or one vector `(n,)`.

    Raises:
        ValueError: `a` is not square, or singular (infinities or NaN on JAX).

    Example:
        >>> solve(np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([2.0, 2.0])).tolist()
        [1.0, 0.5]
    """
    check_square("solve", a)
    return _solved(engine().solve, a, b)


@op(promote="a b", floating=True, single=True)
def solve_triangular(a: Tensor, b: Tensor, lower: bool = False) -> Tensor:
    """Return x with `a x = b`, where only the upper (or `lower`) triangle of `a` counts.

    Args:
        a: `(..., n, n)`.
        b: `(..., n, k)`, or one vector `(n,)`.

    Example:
        >>> solve_triangular(np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([4.0, 8.0])).tolist()
        [1.0, 2.0]
    """
    check_square("solve_triangular", a)
    return _solved(lambda a, b: engine().solve_triangular(a, b, lower), a, b)


def _solved(solve: Callable, a: Any, b: Any) -> Any:
    """Solve for a vector as one column, and for batches of one shape: engines differ here."""
    e = engine()
    rows = e.shape(a)[-1]
    is_vector = len(e.shape(b)) == 1
    if is_vector:
        b = e.reshape(b, (*e.shape(b), 1))
    if e.shape(b)[-2] != rows:
        raise ValueError(
            f"`a` of shape {tuple(e.shape(a))} has {rows} equations, but `b` of shape "
            f"{tuple(e.shape(b))} has {e.shape(b)[-2]} right-hand sides' rows."
        )
    batch = np.broadcast_shapes(tuple(e.shape(a)[:-2]), tuple(e.shape(b)[:-2]))
    a = e.broadcast_to(a, (*batch, rows, rows))
    b = e.broadcast_to(b, (*batch, *e.shape(b)[-2:]))
    x = solve(a, b)
    return e.reshape(x, e.shape(x)[:-1]) if is_vector else x


@op(promote="x", floating=True, single=True)
def inv(x: Tensor) -> Tensor:
    """Return the inverse of each matrix of `x` `(..., n, n)`; `solve` is more exact without it.

    Raises:
        ValueError: not square, or singular (infinities or NaN on JAX).

    Example:
        >>> inv(np.array([[2.0, 0.0], [0.0, 4.0]])).tolist()
        [[0.5, 0.0], [0.0, 0.25]]
    """
    check_square("inv", x)
    return engine().solve(x, identity_like(x))


@op(promote="x", floating=True, single=True)
def cholesky_inverse(x: Tensor, upper: bool = False) -> Tensor:
    """Return the inverse of `x xᵀ` for a lower triangle `x`, or of `xᵀ x` for an `upper` one.

    Args:
        x: `(..., n, n)`: what `cholesky` returns.

    Example:
        >>> cholesky_inverse(np.array([[2.0, 0.0], [0.0, 1.0]])).tolist()
        [[0.25, 0.0], [0.0, 1.0]]
    """
    check_square("cholesky_inverse", x)
    inverse = engine().solve_triangular(x, identity_like(x), not upper)
    other = transposed(inverse)
    return engine().matmul(*((inverse, other) if upper else (other, inverse)))


@op(promote="x", floating=True, single=True)
def pinv(x: Tensor, rcond: float | None = None) -> Tensor:
    """Return the pseudoinverse (Moore and Penrose's) of each matrix of `x` `(..., m, n)`: `(..., n, m)`.

    Args:
        rcond: singular values below `rcond` times the largest count as 0; unless given,
            `10 max(m, n)` times the dtype's epsilon.

    Source: its slope by G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses and
    nonlinear least squares problems whose variables separate", SIAM J. Numer. Anal. 10 (1973).

    Example:
        >>> pinv(np.array([[2.0, 0.0], [0.0, 0.0]])).tolist()
        [[0.5, 0.0], [0.0, 0.0]]
    """
    check_matrices("pinv", x)
    return _pseudoinverse(x, rcond, margin=10)


def _pseudoinverse(x: Any, rcond: float | None, margin: int) -> Any:
    e = engine()
    if rcond is None:
        rcond = margin * max(e.shape(x)[-2:]) * epsilon(x)

    def compute(x: Any) -> tuple[Any, Callable]:
        u, values, vh = e.svd(x, False)
        if 0 in e.shape(x)[-2:]:
            turned = (*e.shape(x)[:-2], *e.shape(x)[:-3:-1])
            return e.full(turned, 0, e.dtype(x)), lambda upstream: x
        kept = e.greater(values, e.multiply(e.max(values, axis=-1, keepdims=True), rcond))
        inverted = e.where(kept, e.divide(1, e.where(kept, values, 1)), 0)
        columns = e.reshape(inverted, (*e.shape(inverted), 1))
        p = e.matmul(transposed(vh), e.multiply(columns, transposed(u)))
        return p, lambda upstream: _slope_of_pseudoinverse(x, p, upstream)

    return e.custom_gradient(compute)(x)


def _slope_of_pseudoinverse(x: Any, p: Any, upstream: Any) -> Any:
    e = engine()
    product, pt, upstream_t = e.matmul, transposed(p), transposed(upstream)
    result = e.negative(product(product(pt, upstream), pt))
    left = product(product(upstream_t, p), pt)  # the part outside the range of x
    right = product(product(pt, p), upstream_t)  # and that outside its rows
    result = e.add(result, e.subtract(left, product(product(x, p), left)))
    return e.add(result, e.subtract(right, product(right, product(p, x))))


@op(promote="a b", floating=True, single=True)
def lstsq(a: Tensor, b: Tensor, rcond: float | None = None) -> Tensor:
    """Return the shortest x among those for which `a x` is nearest to `b`.

    Args:
        a: `(..., m, n)`.
        b: `(..., m, k)`, or one vector `(m,)`.
        rcond: singular values below `rcond` times the largest count as 0; unless given,
            `max(m, n)` times the dtype's epsilon.

    Example:
        >>> round(float(lstsq(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))[0]), 4)
        2.0
    """
    check_matrices("lstsq", a)
    e = engine()
    if e.shape(a)[-2] != e.shape(b)[0 if len(e.shape(b)) == 1 else -2]:
        raise ValueError(
            f"ops.lstsq: `a` and `b` must have as many rows; given: shapes {tuple(e.shape(a))} "
            f"and {tuple(e.shape(b))}."
        )
    return e.matmul(_pseudoinverse(a, rcond, margin=1), b)


@op(promote="x", floating=True, single=True)
def matrix_rank(x: Tensor, tol: float | None = None) -> Tensor:
    """Count the singular values of each matrix of `x` `(..., m, n)` above `tol`, int32.

    Args:
        tol: unless given, `max(m, n)` times the dtype's epsilon times the largest of them.

    Example:
        >>> int(matrix_rank(np.ones((3, 3))))
        1
    """
    check_matrices("matrix_rank", x)
    e = engine()
    values = e.singular_values(x)
    least = tol
    if least is None:
        least = e.multiply(peak(values, -1), max(e.shape(x)[-2:]) * epsilon(x))
    return e.sum(e.cast(e.greater(values, least), "int32"), axis=-1)
