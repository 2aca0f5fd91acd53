"""Gaussian elimination, for engines whose library does not offer it or refuses singular matrices."""

from typing import Any

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
