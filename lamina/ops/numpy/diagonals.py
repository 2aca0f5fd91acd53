"""Diagonals of matrices, and what lies on either side of them."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes, graph
from lamina.core.op import Tensor, engine, op
from lamina.core.symbolic import KerasTensor
from lamina.engine.contract import Spec
from lamina.ops.numpy.axes import widened

__all__ = ["diag", "diagflat", "diagonal", "trace", "tri", "tril", "triu"]


def _diagonal_shape(x: KerasTensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Spec:
    """Leave the diagonal's length unknown if an axis is, since the shorter axis decides it."""
    spec = graph.infer(diagonal.reference, (x, offset, axis1, axis2), {})
    unknown = None in (x.shape[axis1], x.shape[axis2])
    return Spec((*spec.shape[:-1], None), spec.dtype) if unknown else spec


@op(shape=_diagonal_shape)
def diagonal(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return the diagonal of each matrix that lies in `axis1` and `axis2`, as the last axis.

    Args:
        offset: how far above the main diagonal; below it if negative.

    Raises:
        ValueError: `x` has no two such axes.

    Example:
        >>> diagonal(np.arange(6).reshape(2, 3), 1).tolist()
        [1, 5]
    """
    e = engine()
    ndim = len(e.shape(x))
    if ndim < 2 or axis1 % ndim == axis2 % ndim:
        raise ValueError(
            f"ops.diagonal: two different axes are needed; given: axis1={axis1}, axis2={axis2} "
            f"of shape {tuple(e.shape(x))}."
        )
    last = [axis1 % ndim, axis2 % ndim]
    x = e.transpose(x, [*(i for i in range(ndim) if i not in last), *last])
    *lead, rows, columns = e.shape(x)
    length = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    first = offset if offset >= 0 else -offset * columns
    flat = e.reshape(x, (*lead, rows * columns))
    return e.getitem(flat, (..., slice(first, first + length * (columns + 1), columns + 1)))


@op
def trace(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return the sum along the diagonal of each matrix that lies in `axis1` and `axis2`."""
    return engine().sum(widened(diagonal.reference(x, offset, axis1, axis2)), axis=-1)


def _diag_shape(x: KerasTensor, k: int = 0) -> Spec:
    return _diagonal_shape(x, k) if x.ndim == 2 else graph.infer(diag.reference, (x, k), {})


@op(shape=_diag_shape)
def diag(x: Tensor, k: int = 0) -> Tensor:
    """Return the k-th diagonal of a matrix; of a vector, the matrix with that diagonal, else 0.

    Raises:
        ValueError: `x` is neither 1-d nor 2-d.

    Example:
        >>> diag(np.array([1, 2])).tolist()
        [[1, 0], [0, 2]]
    """
    e = engine()
    if len(e.shape(x)) == 2:
        return diagonal.reference(x, k)
    if len(e.shape(x)) != 1:
        raise ValueError(f"ops.diag: `x` must be 1-d or 2-d, not of shape {tuple(e.shape(x))}.")
    (length,) = e.shape(x)
    size = length + abs(k)
    # From one element to the next is a row and a column: each is followed by as many zeros.
    spread = e.reshape(e.pad(e.reshape(x, (length, 1)), [(0, 0), (0, size)]), (-1,))
    before = k if k >= 0 else -k * size
    after = max(size * size - before - length * (size + 1), 0)
    flat = e.pad(spread, [(before, after)])
    return e.reshape(e.getitem(flat, (slice(0, size * size),)), (size, size))


@op
def diagflat(x: Tensor, k: int = 0) -> Tensor:
    """Return the matrix with all elements of `x` on its k-th diagonal, else 0."""
    return diag.reference(engine().reshape(x, (-1,)), k)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Return `N` rows and `M` columns with ones on and below the k-th diagonal.

    Example:
        >>> tri(2, 3, dtype="int32").tolist()
        [[1, 0, 0], [1, 1, 0]]
    """
    return engine().cast(_below((N, N if M is None else M), k), dtypes.standardize(dtype))


@op
def tril(x: Tensor, k: int = 0) -> Tensor:
    """Set each matrix of `x` to 0 above the k-th diagonal."""
    e = engine()
    return e.where(_below(e.shape(x), k), x, e.full((), 0, e.dtype(x)))


@op
def triu(x: Tensor, k: int = 0) -> Tensor:
    """Set each matrix of `x` to 0 below the k-th diagonal."""
    e = engine()
    return e.where(_below(e.shape(x), k - 1), e.full((), 0, e.dtype(x)), x)


def _below(shape: tuple[int, ...], k: int) -> Any:
    """Return True on and below the k-th diagonal of matrices in the last two axes of `shape`."""
    e = engine()
    rows, columns = shape[-2:]
    row = e.reshape(e.arange(0, rows, 1, "int32"), (rows, 1))
    return e.greater_equal(row, e.arange(-k, columns - k, 1, "int32"))
