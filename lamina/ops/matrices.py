"""Checks and helpers of the ops on matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.current import engine


def check_matrices(op: str, x: Any) -> None:
    """Refuse a tensor with fewer than two axes."""
    if len(engine().shape(x)) < 2:
        raise ValueError(
            f"ops.{op}: matrices are needed, in the last two axes; given: shape "
            f"{tuple(engine().shape(x))}."
        )


def check_square(op: str, x: Any) -> None:
    """Refuse a tensor whose last two axes are not square matrices."""
    check_matrices(op, x)
    *_, rows, columns = engine().shape(x)
    if rows != columns:
        raise ValueError(
            f"ops.{op}: square matrices are needed; given: shape {tuple(engine().shape(x))}."
        )


def transposed(x: Any) -> Any:
    """Exchange rows and columns of each matrix."""
    ndim = len(engine().shape(x))
    return engine().transpose(x, [*range(ndim - 2), ndim - 1, ndim - 2])


def symmetric(x: Any) -> Any:
    """Return the symmetric part of each matrix, so that no engine's choice of a triangle shows."""
    return engine().multiply(engine().add(x, transposed(x)), 0.5)


def eye(rows: int, columns: int, k: int, dtype: str) -> Any:
    """Return ones on the k-th diagonal, and zeros elsewhere."""
    e = engine()
    row = e.reshape(e.arange(0, rows, 1, "int32"), (-1, 1))
    return e.cast(e.equal(e.add(row, k), e.arange(0, columns, 1, "int32")), dtype)


def identity_like(x: Any) -> Any:
    """Return the identity of the size of each square matrix of `x`."""
    e = engine()
    rows = e.shape(x)[-1]
    return e.broadcast_to(eye(rows, rows, 0, e.dtype(x)), e.shape(x))


def epsilon(x: Any) -> float:
    """Return the distance from 1 to the next number in the dtype of `x`, float32 or float64."""
    return float(np.finfo(engine().dtype(x)).eps)
