"""Gaussian elimination, for engines whose library does not offer it or refuses singular matrices."""

from typing import Any

import numpy as np

from lamina.engine.current import engine


def lu_factor(x: Any) -> tuple[Any, Any]:
    """The contract's `lu_factor`: the largest pivot of each column, all matrices of a batch at once."""
    e = engine()
    *batch, rows, columns = e.shape(x)
    row, column = e.arange(0, rows, 1, "int32"), e.arange(0, columns, 1, "int32")
    pivots = []
    for i in range(min(rows, columns)):
        chosen = e.add(e.argmax(e.abs(e.getitem(x, (..., slice(i, None), i))), -1), i)
        pivots.append(chosen)
        chosen = e.reshape(chosen, (*batch, 1))
        order = e.where(e.equal(row, i), chosen, e.where(e.equal(row, chosen), i, row))
        x = e.take_along_axis(x, e.reshape(order, (*batch, rows, 1)), -2)
        here = slice(i, i + 1)
        pivot = e.getitem(x, (..., here, here))
        below = e.reshape(e.greater(row, i), (rows, 1))
        quotient = e.divide(e.getitem(x, (..., here)), e.where(e.equal(pivot, 0), 1, pivot))
        factor = e.where(below, quotient, 0)  # below a pivot of 0 all are 0
        beside = e.where(e.greater(column, i), e.getitem(x, (..., here, slice(None))), 0)
        x = e.subtract(x, e.multiply(factor, beside))
        x = e.where(e.logical_and(below, e.equal(column, i)), factor, x)
    return x, e.stack(pivots, -1) if pivots else e.full((*batch, 0), 0, "int32")


def det(x: Any) -> Any:
    """The contract's `det`."""
    diagonal, parity = _eliminated(x)
    return engine().multiply(engine().prod(diagonal, axis=-1), parity)


def slogdet(x: Any) -> tuple[Any, Any]:
    """The contract's `slogdet`."""
    e = engine()
    diagonal, parity = _eliminated(x)
    sign = e.multiply(e.prod(e.sign(diagonal), axis=-1), parity)
    return sign, e.sum(e.log(e.abs(diagonal)), axis=-1)


def _eliminated(x: Any) -> tuple[Any, Any]:
    """Return the diagonal that is left, and 1 or -1 for an even or odd number of exchanges."""
    e = engine()
    factors, pivots = e.lu_factor(x)
    n = e.shape(x)[-1]
    diagonal = e.sum(e.where(e.asarray(np.eye(n, dtype=bool)), factors, 0), axis=-1)
    moved = e.cast(e.not_equal(pivots, e.arange(0, n, 1, "int32")), e.dtype(x))
    return diagonal, e.prod(e.subtract(1, e.multiply(moved, 2)), axis=-1)


def solve(a: Any, b: Any) -> Any:
    """The contract's `solve`."""
    e = engine()
    n = e.shape(a)[-1]
    both, _ = e.lu_factor(e.concatenate([a, b], -1))
    upper, rest = (e.getitem(both, (..., part)) for part in (slice(0, n), slice(n, None)))
    return solve_triangular(upper, rest, False)


def solve_triangular(a: Any, b: Any, lower: bool) -> Any:
    """The contract's `solve_triangular`, one row after the other."""
    e, n, rows = engine(), engine().shape(a)[-1], []
    for i in range(n) if lower else reversed(range(n)):
        here, rest = slice(i, i + 1), e.getitem(b, (..., slice(i, i + 1), slice(None)))
        if rows:
            solved = slice(0, i) if lower else slice(i + 1, n)
            factors = e.getitem(a, (..., here, solved))
            rest = e.subtract(rest, e.matmul(factors, e.concatenate(rows, -2)))
        row = e.divide(rest, e.getitem(a, (..., here, here)))
        rows = [*rows, row] if lower else [row, *rows]
    return e.concatenate(rows, -2) if rows else b


def cholesky(x: Any) -> Any:
    """The contract's `cholesky`; NaN where there is no factor."""
    e, n, columns = engine(), engine().shape(x)[-1], []
    row = e.reshape(e.arange(0, n, 1, "int32"), (n, 1))
    for i in range(n):
        here = slice(i, i + 1)
        root = e.sqrt(e.getitem(x, (..., here, here)))
        column = e.divide(e.getitem(x, (..., here)), root)
        column = e.where(e.greater_equal(row, i), column, 0)
        columns.append(column)
        x = e.subtract(x, e.multiply(column, transposed(column)))
    return e.concatenate(columns, -1) if columns else x


def transposed(x: Any) -> Any:
    """Exchange the last two axes."""
    ndim = len(engine().shape(x))
    return engine().transpose(x, (*range(ndim - 2), ndim - 1, ndim - 2))
