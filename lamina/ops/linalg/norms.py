"""Norms of vectors and matrices, and distances."""

from __future__ import annotations

import math
from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.engine.contract import Axis
from lamina.ops.numpy.axes import axes_of_some, root

__all__ = ["cdist", "norm"]


@op(promote="x", floating=True, single=True)
def norm(x: Tensor, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the norm of vectors along one axis, or of matrices in two.

    Args:
        ord: of vectors: a power p for the p-th root of the sum of `|x|**p` (2 unless given), 0 (how
            many are not 0), `inf` or `-inf`. Of matrices: `"fro"` (all elements as one vector; so
            also without `ord`), `"nuc"` (sum of singular values), 2 or -2 (largest, smallest singular
            value), 1 or -1 (largest, smallest sum of a column's sizes), `inf` or `-inf` (of a row's).
        axis: one or two; without, the whole `x`, which for a given `ord` must be 1-d or 2-d.

    Raises:
        ValueError: the order is not defined for so many axes.

    Example:
        >>> float(norm(np.array([3.0, 4.0]))), float(norm(np.array([3.0, 4.0]), ord=1))
        (5.0, 7.0)
    """
    e = engine()
    ndim = len(e.shape(x))
    axes = tuple(range(ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(a % ndim for a in axes)
    if axis is None and ord is None:
        return root(e.sum(e.square(x), axis=axes, keepdims=keepdims))
    if len(axes) == 1:
        return _of_vectors(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _of_matrices(x, ord, axes, keepdims)
    raise ValueError(
        f"ops.norm: a vector has one axis and a matrix two; given: axis={axis}, ord={ord!r} for shape "
        f"{tuple(e.shape(x))}."
    )


def _of_vectors(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    e = engine()
    if isinstance(ord, str):
        raise ValueError(f"ops.norm: order {ord!r} is one of matrices, but only one axis is given.")
    if ord is None or ord == 2:
        return root(e.sum(e.square(x), axis=axis, keepdims=keepdims))
    if ord == 0:
        return e.sum(e.cast(e.not_equal(x, 0), e.dtype(x)), axis=axis, keepdims=keepdims)
    size = e.abs(x)
    if math.isinf(ord):
        along = axes_of_some("norm", size, axis)
        return (e.max if ord > 0 else e.min)(size, axis=along, keepdims=keepdims)
    if ord == 1:
        return e.sum(size, axis=axis, keepdims=keepdims)
    return e.power(e.sum(e.power(size, float(ord)), axis=axis, keepdims=keepdims), 1 / ord)


def _of_matrices(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    e = engine()
    if ord is None or ord == "fro":
        return root(e.sum(e.square(x), axis=axes, keepdims=keepdims))
    if ord in (1, -1, math.inf, -math.inf):
        summed, compared = axes if abs(ord) == 1 else axes[::-1]
        sums = e.sum(e.abs(x), axis=summed, keepdims=True)
        axis = axes_of_some("norm", sums, compared)
        norms = (e.max if ord > 0 else e.min)(sums, axis=axis, keepdims=True)
    elif ord in ("nuc", 2, -2):
        ndim = len(e.shape(x))
        order = [*(i for i in range(ndim) if i not in axes), *axes]
        values = e.singular_values(e.transpose(x, order))
        axis = -1 if ord == "nuc" else axes_of_some("norm", values, -1)
        norms = {"nuc": e.sum, 2: e.max, -2: e.min}[ord](values, axis=axis)
    else:
        raise ValueError(
            f"ops.norm: order {ord!r} is not defined for matrices; give 'fro', 'nuc', 1, -1, 2, -2, "
            "inf or -inf."
        )
    kept = tuple(1 if i in axes else n for i, n in enumerate(e.shape(x)))
    left = tuple(n for i, n in enumerate(e.shape(x)) if i not in axes)
    return e.reshape(norms, kept if keepdims else left)


@op(promote="x y", floating=True, single=True)
def cdist(x: Tensor, y: Tensor) -> Tensor:
    """Return the distance of every point of `x` from every point of `y`.

    Shapes: `(..., n, d)` and `(..., m, d)` give `(..., n, m)`.

    Example:
        >>> cdist(np.zeros((1, 2)), np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [[5.0, 0.0]]
    """
    e = engine()
    if min(len(e.shape(x)), len(e.shape(y))) < 2 or e.shape(x)[-1] != e.shape(y)[-1]:
        raise ValueError(
            "ops.cdist: points lie in the last axis, of one size in both, and their number in the one "
            f"before; given: shapes {tuple(e.shape(x))} and {tuple(e.shape(y))}."
        )
    x = e.reshape(x, (*e.shape(x)[:-1], 1, e.shape(x)[-1]))
    y = e.reshape(y, (*e.shape(y)[:-2], 1, *e.shape(y)[-2:]))
    # Differences are taken before squares: from squares and products, small distances would be noise.
    return root(e.sum(e.square(e.subtract(x, y)), axis=-1))
