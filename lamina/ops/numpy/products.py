"""Products of matrices and tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.operands import contracted, together, widened_bytes

__all__ = ["cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "vdot"]


@op
def matmul(x1: Tensor, x2: Tensor) -> Tensor:
    """Multiply matrices in the last two axes; leading axes broadcast. int8 is summed in int32.

    Shapes: `(..., n, k)` and `(..., k, m)` give `(..., n, m)`; a 1-d tensor counts as a row or column.
    """
    e = engine()
    if x1.dtype == x2.dtype and e.dtype(x1) in dtypes.FLOATS:  # the hot path
        return e.matmul(x1, x2)
    return contracted(e.matmul, together(widened_bytes([x1, x2])))


@op
def einsum(subscripts: str, *operands: Tensor, **kwargs: Any) -> Tensor:
    """Sum products by Einstein's convention, such as `"bij,bjk->bik"`. int8 is summed in int32.

    Args:
        optimize: accepted; engines find an order of contraction themselves.

    Raises:
        TypeError: any other keyword.
    """
    if unknown := kwargs.keys() - {"optimize"}:
        raise TypeError(
            f"ops.einsum: unknown keywords {sorted(unknown)}; `optimize` is the only one."
        )
    e = engine()
    xs = together(widened_bytes(operands))
    return contracted(lambda *arrays: e.einsum(subscripts, *arrays), xs)


@op(promote="x1 x2", arrays=True)
def dot(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum products over the last axis of `x1` and the second to last of `x2` (its only one if 1-d)."""
    e = engine()
    if not e.shape(x1) or not e.shape(x2):
        return e.multiply(x1, x2)
    if len(e.shape(x2)) <= 2:
        return contracted(e.matmul, [x1, x2])
    return _summed(x1, x2, [-1], [-2])


@op(promote="x1 x2", arrays=True)
def inner(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum products over the last axes of both; multiply if one is a number.

    Shapes: `(..., k)` and `(*others, k)` give `(..., *others)`.

    Example:
        >>> inner(np.array([1, 2]), np.array([[3, 4], [5, 6]])).tolist()
        [11, 17]
    """
    e = engine()
    if not e.shape(x1) or not e.shape(x2):
        return e.multiply(x1, x2)
    return _summed(x1, x2, [-1], [-1])


@op(promote="x1 x2", arrays=True)
def tensordot(x1: Tensor, x2: Tensor, axes: Any = 2) -> Tensor:
    """Sum products over several axes at once.

    Args:
        axes: how many of the last axes of `x1` meet as many of the first of `x2`; or a pair: an axis
            or axes of each.

    Raises:
        ValueError: the axes do not pair up, or their sizes differ.

    Example:
        >>> tensordot(np.ones((2, 3, 4)), np.ones((4, 3)), axes=([1, 2], [1, 0])).tolist()
        [12.0, 12.0]
    """
    if isinstance(axes, int):
        return _summed(x1, x2, list(range(-axes, 0)), list(range(axes)))
    left, right = ([a] if isinstance(a, int) else [int(i) for i in a] for a in axes)
    return _summed(x1, x2, left, right)


def _summed(x1: Any, x2: Any, axes1: Sequence[int], axes2: Sequence[int]) -> Any:
    """Sum products over pairs of axes: both as matrices, with those axes inside."""
    e = engine()
    sizes1, sizes2 = e.shape(x1), e.shape(x2)
    axes1, axes2 = [a % len(sizes1) for a in axes1], [a % len(sizes2) for a in axes2]
    if [sizes1[a] for a in axes1] != [sizes2[a] for a in axes2]:
        raise ValueError(
            f"Axes {axes1} of shape {tuple(sizes1)} and axes {axes2} of shape {tuple(sizes2)} do "
            "not pair up: their sizes must agree."
        )
    free1 = [i for i in range(len(sizes1)) if i not in axes1]
    free2 = [i for i in range(len(sizes2)) if i not in axes2]
    rows, columns = [sizes1[i] for i in free1], [sizes2[i] for i in free2]
    between = math.prod(sizes1[a] for a in axes1)
    left = e.reshape(e.transpose(x1, [*free1, *axes1]), (math.prod(rows), between))
    right = e.reshape(e.transpose(x2, [*axes2, *free2]), (between, math.prod(columns)))
    return e.reshape(contracted(e.matmul, [left, right]), (*rows, *columns))


@op(promote="x1 x2", arrays=True)
def vdot(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum all products of an element of `x1`, conjugated if complex, and one of `x2`.

    Example:
        >>> int(vdot(np.array([[1, 2]]), np.array([[3], [4]])))
        11
    """
    e = engine()
    x1, x2 = (e.reshape(x, (-1,)) for x in (x1, x2))
    return _summed(e.conj(x1) if e.dtype(x1).startswith("complex") else x1, x2, [0], [0])


@op(promote="x1 x2", arrays=True)
def outer(x1: Tensor, x2: Tensor) -> Tensor:
    """Multiply every element of `x1` by every element of `x2`: a row for each of `x1`.

    Example:
        >>> outer(np.array([1, 2]), np.array([3, 4])).tolist()
        [[3, 4], [6, 8]]
    """
    e = engine()
    return e.multiply(e.reshape(x1, (-1, 1)), e.reshape(x2, (1, -1)))


@op(promote="x1 x2", arrays=True)
def kron(x1: Tensor, x2: Tensor) -> Tensor:
    """Return Kronecker's product: each element of `x1` becomes a copy of `x2`, times it.

    Example:
        >>> kron(np.array([1, 10]), np.array([1, 2])).tolist()
        [1, 2, 10, 20]
    """
    e = engine()
    ndim = max(len(e.shape(x1)), len(e.shape(x2)))
    around, within = ((1,) * (ndim - len(e.shape(x))) + tuple(e.shape(x)) for x in (x1, x2))
    x1 = e.reshape(x1, tuple(n for size in around for n in (size, 1)))
    x2 = e.reshape(x2, tuple(n for size in within for n in (1, size)))
    sizes = tuple(a * b for a, b in zip(around, within, strict=True))
    return e.reshape(e.multiply(x1, x2), sizes)


@op(promote="x1 x2")
def cross(
    x1: Tensor,
    x2: Tensor,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Tensor:
    """Return the vector product, perpendicular to both vectors, of 3 or 2 elements (then the third is 0).

    Args:
        axisa, axisb, axisc: where the vectors lie in `x1`, in `x2` and in the result.
        axis: all three at once.

    Returns:
        Vectors of 3 elements; of two vectors of 2 elements only the third, without an axis for it.

    Raises:
        ValueError: vectors of other lengths.

    Example:
        >>> cross(np.array([1, 0, 0]), np.array([0, 1, 0])).tolist()
        [0, 0, 1]
    """
    e = engine()
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    x1, x2 = _vectors_last(x1, axisa), _vectors_last(x2, axisb)
    (a0, a1, *a2), (b0, b1, *b2) = (
        [e.getitem(x, (..., i)) for i in range(e.shape(x)[-1])] for x in (x1, x2)
    )
    third = e.subtract(e.multiply(a0, b1), e.multiply(a1, b0))
    if not a2 and not b2:
        return third
    zero = e.full((), 0, e.dtype(x1))
    last1, last2 = a2[0] if a2 else zero, b2[0] if b2 else zero
    first = e.subtract(e.multiply(a1, last2), e.multiply(last1, b1))
    second = e.subtract(e.multiply(last1, b0), e.multiply(a0, last2))
    parts = [e.broadcast_to(part, e.shape(third)) for part in (first, second, third)]
    return e.stack(parts, axisc)


def _vectors_last(x: Any, axis: int) -> Any:
    e = engine()
    ndim = len(e.shape(x))
    if not ndim or e.shape(x)[axis] not in (2, 3):
        raise ValueError(
            f"ops.cross: vectors must have 2 or 3 elements; given: axis {axis} of shape "
            f"{tuple(e.shape(x))}."
        )
    return e.transpose(x, [*(i for i in range(ndim) if i != axis % ndim), axis % ndim])
