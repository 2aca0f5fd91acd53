"""Statistics: weighted means, quantiles, counts, correlation."""

from __future__ import annotations

import builtins
import math
from typing import Any

from lamina.core import dtypes
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.core.sparse import Sparse
from lamina.engine.contract import Axis
from lamina.ops.numpy.axes import axes_of, floating, vector
from lamina.ops.numpy.operands import integers, is_unsigned

__all__ = [
    "average", "bincount", "corrcoef", "correlate", "histogram", "median", "percentile",
    "quantile",
]  # fmt: skip

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


@op(promote="x weights", floating=True, single=True)
def average(x: Tensor, axis: Axis = None, weights: Tensor = None) -> Tensor:
    """Average along `axis`, floating, each element counted by its weight.

    Args:
        weights: of the shape of `x`, or one for each place along a single `axis`.

    Example:
        >>> float(average([1.0, 3.0], weights=[3.0, 1.0]))
        1.5
    """
    e, axis = engine(), axes_of(axis)
    if weights is None:
        return e.mean(x, axis=axis)
    sizes, weighted = e.shape(x), e.shape(weights)
    if len(weighted) == 1 and isinstance(axis, int) and sizes[axis] == weighted[0]:
        spread = [1] * len(sizes)
        spread[axis] = weighted[0]
        weights = e.reshape(weights, tuple(spread))
    elif weighted != sizes:
        raise ValueError(
            f"ops.average: weights of shape {tuple(weighted)} do not fit x of shape {tuple(sizes)} along axis "
            f"{axis}. Give them the shape of x, or one weight for each place along one axis."
        )
    weights = e.broadcast_to(weights, sizes)
    return e.divide(e.sum(e.multiply(x, weights), axis=axis), e.sum(weights, axis=axis))


@op(promote="x", floating=True, single=True)
def quantile(
    x: Tensor, q: Tensor, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return the values below which a share `q` of the elements along `axis` lies, floating.

    Args:
        q: from 0 to 1 (what lies beyond counts as those); its axes come first in the result.
        method: between two elements take their `"linear"` interpolation, the `"lower"`, the `"higher"`,
            the `"midpoint"` or the `"nearest"`.

    Example:
        >>> quantile([1.0, 2.0, 3.0, 4.0], [0.5, 1.0]).tolist()
        [2.5, 4.0]
    """
    return quantile_of("quantile", x, q, axis, method, keepdims)


@op(promote="x", floating=True, single=True)
def percentile(
    x: Tensor, q: Tensor, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return the values below which `q` percent of the elements along `axis` lie; see `quantile`."""
    q = engine().divide(floating(q), 100.0)
    return quantile_of("percentile", x, q, axis, method, keepdims)


@op(promote="x", floating=True, single=True)
def median(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the element in the middle of the order along `axis`, or the mean of the two there; floating."""
    return quantile_of("median", x, engine().asarray(0.5), axis, "linear", keepdims)


def quantile_of(
    name: str, x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip_nan: bool = False
) -> Any:
    """Compute any kind of quantiles; `name` is the op that was called."""
    one_of(f"ops.{name}", "method", method, _METHODS)
    e = engine()
    rows, kept = _axes_last(x, axis, keepdims)
    if not e.shape(rows)[-1]:  # the quantiles of nothing are NaN, as those of one NaN are
        rows = e.full((*e.shape(rows)[:-1], 1), float("nan"), e.dtype(x))
    count = e.shape(rows)[-1]
    ordered = e.take_along_axis(rows, e.argsort(rows, -1), -1)
    shares = e.reshape(e.cast(q, e.dtype(x)), (-1,))
    present = e.sum(e.cast(e.equal(ordered, ordered), e.dtype(x)), axis=-1, keepdims=True)
    # Along the last axis now: the place of every quantile in the order, between two elements.
    last_place = e.subtract(present, 1.0) if skip_nan else e.full((1,), count - 1, e.dtype(x))
    shares = e.minimum(e.maximum(shares, 0.0), 1.0)
    place = e.maximum(e.multiply(last_place, shares), 0.0)
    place = e.broadcast_to(place, (*e.shape(rows)[:-1], *e.shape(shares)))
    values = _between(ordered, place, method)
    if not skip_nan:
        values = e.where(e.less(present, count), float("nan"), values)
    last = len(e.shape(rows)) - 1
    values = e.transpose(values, (last, *range(last)))
    return e.reshape(values, (*e.shape(q), *kept))


def _axes_last(x: Any, axis: Any, keepdims: bool) -> tuple[Any, tuple[int, ...]]:
    """Return `x` with the reduced axes as one, the last; and the shape that the reduction leaves."""
    e = engine()
    sizes = e.shape(x)
    n = len(sizes)
    axes = range(n) if axis is None else [axis] if isinstance(axis, int) else axis
    reduced = [a % n for a in axes]
    others = [a for a in range(n) if a not in reduced]
    rows = e.transpose(x, (*others, *reduced))
    rows = e.reshape(rows, (*(sizes[a] for a in others), math.prod(sizes[a] for a in reduced)))
    if keepdims:
        return rows, tuple(1 if a in reduced else sizes[a] for a in range(n))
    return rows, tuple(sizes[a] for a in others)


def _between(ordered: Any, place: Any, method: str) -> Any:
    e = engine()
    if method == "nearest":
        place = e.round(place)
    below = e.floor(place)
    low, high = (
        e.take_along_axis(ordered, e.cast(edge, "int32"), -1) for edge in (below, e.ceil(place))
    )
    if method in ("lower", "nearest"):
        return low
    if method == "higher":
        return high
    share = e.subtract(place, below)
    if method == "midpoint":
        share = e.where(e.greater(share, 0), 0.5, share)
    # Not `low + share * (high - low)`: infinite elements that are hit exactly stay what they are.
    mixed = e.add(e.multiply(low, e.subtract(1.0, share)), e.multiply(high, share))
    return e.where(e.equal(low, high), low, mixed)


@op(dynamic=True)
def bincount(x: Tensor, weights: Tensor = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """Count how often each of 0, 1, 2, ... occurs in `x`, or sum its weights there.

    Args:
        x: integers that are not negative, 1-d; or 2-d, and each row is counted by itself.
        weights: of the shape of `x`. The result takes their dtype; it is int32 without.
        minlength: the least length of the result.
        sparse: return a sparse tensor.

    Raises:
        ValueError: a negative number.

    Example:
        >>> bincount([1, 1, 3], minlength=5).tolist()
        [0, 2, 0, 1, 0]
    """
    e = engine()
    integers("bincount", x)
    shape = e.shape(x)
    if len(shape) not in (1, 2) or (weights is not None and e.shape(weights) != shape):
        weighted = "" if weights is None else f" with weights of shape {tuple(e.shape(weights))}"
        raise ValueError(
            f"ops.bincount: x of shape {tuple(shape)}{weighted}; it counts x with one or two axes, and "
            "weights have the shape of x."
        )
    if is_unsigned(e.dtype(x)):
        x = e.cast(x, "int32")
    length = builtins.max(minlength, _greatest(x) + 1)
    dtype = "int32" if weights is None else e.dtype(weights)
    wide = "float32" if dtype in dtypes.HALVES else dtype
    updates = e.full(shape, 1, wide) if weights is None else e.cast(weights, wide)
    count = math.prod(shape[:-1])  # of rows; the bins of each follow those of the one before
    first = e.multiply(e.reshape(e.arange(0, count, 1, e.dtype(x)), (-1, 1)), length)
    flat = e.reshape(e.add(e.reshape(x, (count, shape[-1])), first), (math.prod(shape), 1))
    counts = e.full((count * length,), 0, wide)
    counts = e.scatter_add(counts, flat, e.reshape(updates, (-1,)))
    counts = e.cast(e.reshape(counts, (*shape[:-1], length)), dtype)
    return Sparse.of(e.to_numpy(counts)) if sparse else counts


def _greatest(x: Any) -> int:
    """Return the largest element, or -1 if there is none; refuse negative numbers."""
    e = engine()
    if 0 in e.shape(x):
        return -1
    if (least := int(e.to_numpy(e.min(x)))) < 0:
        raise ValueError(f"ops.bincount counts 0, 1, 2, ...; x contains {least}.")
    return int(e.to_numpy(e.max(x)))


@op
def histogram(x: Tensor, bins: int = 10, range: tuple[float, float] | None = None) -> tuple:
    """Count the elements in each of `bins` intervals of one width, and return the edges, too.

    Args:
        x: 1-d.
        range: lowest and highest edge; without, those of the elements. The last interval contains its
            upper edge; what lies outside is not counted.

    Returns:
        `(counts, edges)` of lengths `bins` and `bins + 1`, both floating.

    Example:
        >>> counts, edges = histogram([0.0, 1.0, 1.5, 4.0], bins=2)
        >>> counts.tolist(), edges.tolist()
        ([3.0, 1.0], [0.0, 2.0, 4.0])
    """
    e = engine()
    if not isinstance(bins, int) or bins < 1:
        raise TypeError(f"ops.histogram: `bins` must be a positive integer, not {bins!r}.")
    vector("histogram", "x", x)
    x = floating(x)
    edges = _edges(x, bins, range)
    # The last edge belongs to the last interval, so that only the inner ones are looked up there.
    place = e.subtract(e.searchsorted(edges, x, True), 1)
    place = e.where(e.equal(x, e.getitem(edges, -1)), bins - 1, place)
    numbers = e.reshape(e.arange(0, bins, 1, "int32"), (-1, 1))
    counts = e.sum(e.cast(e.equal(e.reshape(place, (1, -1)), numbers), "int32"), axis=1)
    return e.cast(counts, e.dtype(x)), edges


def _edges(x: Any, bins: int, limits: tuple[float, float] | None) -> Any:
    e = engine()
    dtype = e.dtype(x)
    if limits is None and 0 in e.shape(x):
        limits = (0.0, 1.0)
    if limits is None:
        low, high = e.min(x), e.max(x)
    else:
        low, high = (e.asarray(float(edge), dtype) for edge in limits)
    is_point = e.equal(low, high)
    low = e.where(is_point, e.subtract(low, 0.5), low)
    high = e.where(is_point, e.add(high, 0.5), high)
    share = e.divide(e.arange(0, bins + 1, 1, dtype), float(bins))
    # Weighted so that the first and the last edge are exactly the limits.
    return e.add(e.multiply(low, e.subtract(1.0, share)), e.multiply(high, share))


@op(promote="x", floating=True, single=True)
def corrcoef(x: Tensor) -> Tensor:
    """Return Pearson's correlation of the rows of `x`, each a variable: a square matrix, or of one row a number.

    Example:
        >>> np.asarray(corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])).round(3).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]
    """
    e = engine()
    if len(e.shape(x)) > 2:
        raise ValueError(f"ops.corrcoef: x has at most two axes; its shape is {tuple(e.shape(x))}.")
    rows = x if len(e.shape(x)) == 2 else e.reshape(x, (1, -1))
    matrix = _correlations(rows)
    return e.reshape(matrix, ()) if e.shape(matrix) == (1, 1) else matrix


def _correlations(rows: Any) -> Any:
    e = engine()
    if not e.shape(rows)[1]:  # the sums below would say 0
        return e.full((e.shape(rows)[0],) * 2, float("nan"), e.dtype(rows))
    rows = e.subtract(rows, e.mean(rows, axis=1, keepdims=True))
    rows = e.divide(rows, e.sqrt(e.sum(e.square(rows), axis=1, keepdims=True)))
    products = e.matmul(rows, e.transpose(rows, (1, 0)))
    return e.minimum(e.maximum(products, -1.0), 1.0)


@op(promote="x1 x2", floating=True, arrays=True)
def correlate(x1: Tensor, x2: Tensor, mode: str = "valid") -> Tensor:
    """Sum the products of two 1-d tensors at every shift of one against the other, floating.

    Args:
        mode: `"valid"` where they overlap fully, `"full"` wherever they do, `"same"` as many as the
            longer one has elements, from the middle.

    Example:
        >>> correlate([1.0, 2.0, 3.0], [0.0, 1.0]).tolist()
        [2.0, 3.0]
    """
    e = engine()
    shapes = e.shape(x1), e.shape(x2)
    if any(len(shape) != 1 or shape[0] == 0 for shape in shapes):
        raise ValueError(
            f"ops.correlate: both must have one axis, with elements; the shapes are {shapes[0]} and {shapes[1]}."
        )
    if e.shape(x1)[0] < e.shape(x2)[0]:
        return e.flip(_correlated(x2, x1, mode), 0)
    return _correlated(x1, x2, mode)


def _correlated(long: Any, short: Any, mode: str) -> Any:
    e = engine()
    (n,) = e.shape(short)
    padding = {"valid": (0, 0), "full": (n - 1, n - 1), "same": (n // 2, n - 1 - n // 2)}
    one_of("ops.correlate", "mode", mode, padding)
    sums = e.conv(
        e.reshape(long, (1, -1, 1)), e.reshape(short, (-1, 1, 1)), (1,), [padding[mode]], (1,), 1
    )
    return e.reshape(sums, (-1,))
