"""Sorting and searching: order, places in an order, distinct elements."""

from __future__ import annotations

import inspect
import math
from typing import Any

from lamina.core import graph
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.axes import flattened, vector
from lamina.ops.numpy.logic import boolean

__all__ = ["argpartition", "argsort", "digitize", "nonzero", "searchsorted", "sort", "unique"]


@op
def argsort(x: Tensor, axis: int | None = -1) -> Tensor:
    """Return the indices that sort `x` ascending along `axis`, equal elements in their order, int32."""
    return engine().argsort(*flattened(x, axis))


@op
def sort(x: Tensor, axis: int | None = -1) -> Tensor:
    """Sort `x` ascending along `axis` (flattened first without); NaN comes last."""
    x, axis = flattened(x, axis)
    return engine().take_along_axis(x, engine().argsort(x, axis), axis)


@op
def argpartition(x: Tensor, kth: int, axis: int | None = -1) -> Tensor:
    """Return indices with that of the k-th smallest element in its place, smaller ones before it, int32.

    Raises:
        ValueError: `x` has no k-th element along `axis`.
    """
    x, axis = flattened(x, axis)
    size = engine().shape(x)[axis]
    if not -size <= kth < size:
        raise ValueError(
            f"ops.argpartition: axis {axis} of size {size} has no element {kth}; "
            f"give kth from {-size} to {size - 1}."
        )
    return engine().argsort(x, axis)


@op(promote="sorted_sequence values", arrays=True)
def searchsorted(sorted_sequence: Tensor, values: Tensor, side: str = "left") -> Tensor:
    """Return where each of `values` fits into the ascending 1-d `sorted_sequence`, int32.

    Args:
        side: `"left"` of equal elements, or `"right"` of them.

    Example:
        >>> searchsorted([1, 2, 2, 5], [2, 9]).tolist()
        [1, 4]
    """
    one_of("ops.searchsorted", "side", side, ("left", "right"))
    vector("searchsorted", "sorted_sequence", sorted_sequence)
    return engine().searchsorted(sorted_sequence, values, side == "right")


@op(promote="x bins", arrays=True)
def digitize(x: Tensor, bins: Tensor) -> Tensor:
    """Return the number of the bin that each element of `x` falls into, int32; 0 is before the first edge.

    Args:
        bins: edges, 1-d, ascending or descending. A bin contains its lower edge.

    Example:
        >>> digitize([0.5, 1.0, 7.0], [1.0, 2.0, 3.0]).tolist()
        [0, 1, 3]
    """
    e = engine()
    count = vector("digitize", "bins", bins)
    if not count:
        return e.full(e.shape(x), 0, "int32")
    ascending = e.searchsorted(bins, x, True)
    descending = e.subtract(count, e.searchsorted(e.flip(bins, 0), x, True))
    first, last = (e.take(bins, e.asarray(i, "int32"), 0) for i in (0, count - 1))
    return e.where(e.less_equal(first, last), ascending, descending)


def rank_among(x: Any, others: Any) -> tuple[Any, Any]:
    """Return the 1-d `others` sorted, and where each of `x` fits among them."""
    e = engine()
    ordered = e.take(others, e.argsort(others, 0), 0)
    return ordered, e.searchsorted(ordered, x, False)


@op(dynamic=True)
def nonzero(x: Tensor) -> tuple:
    """Return the indices of the elements that are not 0: one int32 tensor per axis.

    Example:
        >>> [index.tolist() for index in nonzero([[0, 3], [4, 0]])]
        [[0, 1], [1, 0]]
    """
    e = engine()
    if not e.shape(x):
        raise ValueError("ops.nonzero: `x` has no axis. Give it one with ops.expand_dims(x, 0).")
    places = e.argwhere(boolean(x))
    return tuple(e.getitem(places, (slice(None), axis)) for axis in range(len(e.shape(x))))


def _sized(x: Any, *args: Any, **options: Any) -> Any:
    """Infer the result of `unique`: its size is known if `size` is given."""
    arguments = inspect.signature(unique).bind(x, *args, **options).arguments
    if arguments.get("size") is None:
        raise ValueError(
            "ops.unique: how many elements are distinct depends on the values, so it cannot be used on a "
            "symbolic tensor as it is. Give `size=`, or use it outside the model."
        )
    return graph.infer(unique, (x, *args), options)


@op(shape=_sized)
def unique(
    x: Tensor,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: float | None = None,
) -> Any:
    """Return the distinct elements of `x`, ascending; each NaN is distinct from all others.

    Args:
        sorted: accepted for Keras' sake; the result is always sorted.
        return_index: also where in `x` each is found first.
        return_inverse: also which of them stands at each place of `x`.
        return_counts: also how often each occurs.
        axis: distinct slices along this axis instead of elements.
        size: so many of them: cut, or filled up. Needed inside a model.
        fill_value: fills up; the first of them without.

    Returns:
        The elements, or a tuple of them and what else was asked for (int32).

    Example:
        >>> values, counts = unique([3, 1, 3], return_counts=True)
        >>> values.tolist(), counts.tolist()
        ([1, 3], [1, 2])
    """
    e = engine()
    rows = _as_rows(x, axis)
    count = e.shape(rows)[0]
    order = _lexicographic(rows)
    ordered = e.take(rows, order, 0)
    group = _numbered(ordered, count)  # of each place in the order: which distinct row it holds
    starts, ends = _runs(group, count, size)
    if size and not count:  # what stands at place 0 fills up
        ordered, order = e.full((1, e.shape(rows)[1]), 0, e.dtype(x)), e.full((1,), 0, "int32")
    if size is None:
        values = e.take(ordered, starts, 0)
    else:
        values = _filled(ordered, starts, count, fill_value)
    results = [e.reshape(values, (-1,)) if axis is None else _rows_to_axis(values, x, axis)]
    if return_index:
        within = e.where(e.less(starts, count), starts, 0)
        results.append(e.take(order, within, 0))
    if return_inverse:
        inverse = e.take(group, e.argsort(order, 0), 0) if count else group
        results.append(e.reshape(inverse, e.shape(x)) if axis is None else inverse)
    if return_counts:
        results.append(e.subtract(ends, starts))
    return results[0] if len(results) == 1 else tuple(results)


def _as_rows(x: Any, axis: int | None) -> Any:
    """Return `x` as a matrix whose rows are compared."""
    e = engine()
    if axis is None:
        return e.reshape(x, (-1, 1))
    order = list(range(len(e.shape(x))))
    order.insert(0, order.pop(axis))
    rows = e.transpose(x, order)
    return e.reshape(rows, (e.shape(rows)[0], math.prod(e.shape(rows)[1:])))


def _rows_to_axis(rows: Any, x: Any, axis: int) -> Any:
    """Go the way back: rows as slices along `axis` of an array like `x`."""
    e = engine()
    sizes = list(e.shape(x))
    axis %= len(sizes)
    del sizes[axis]
    result = e.reshape(rows, (e.shape(rows)[0], *sizes))
    order = list(range(1, len(sizes) + 1))
    order.insert(axis, 0)
    return e.transpose(result, order)


def _lexicographic(rows: Any) -> Any:
    """Return the indices that sort rows by their first column, equal ones by the second, and so on."""
    e = engine()
    count, columns = e.shape(rows)
    order = e.arange(0, count, 1, "int32")
    for column in reversed(range(columns)):  # a stable sort keeps what later columns decided
        key = e.take(e.getitem(rows, (slice(None), column)), order, 0)
        order = e.take(order, e.argsort(key, 0), 0)
    return order


def _numbered(ordered: Any, count: int) -> Any:
    """Number rows from 0: one more at each row that differs from the one before it."""
    e = engine()
    if not count:
        return e.full((0,), 0, "int32")
    differs = e.any(
        e.not_equal(e.getitem(ordered, slice(1, None)), e.getitem(ordered, slice(0, -1))), axis=1
    )
    return e.cumsum(e.concatenate([e.full((1,), 0, "int32"), e.cast(differs, "int32")], 0), 0)


def _runs(group: Any, count: int, size: int | None) -> tuple[Any, Any]:
    """Return where each group starts and ends in the order; missing groups lie at its end."""
    e = engine()
    if size is None:
        size = int(e.to_numpy(e.take(group, e.asarray(count - 1, "int32"), 0))) + 1 if count else 0
    numbers = e.arange(0, size, 1, "int32")
    return tuple(e.searchsorted(group, numbers, right) for right in (False, True))  # type: ignore[return-value]


def _filled(ordered: Any, starts: Any, count: int, fill_value: float | None) -> Any:
    e = engine()
    is_there = e.less(starts, count)
    values = e.take(ordered, e.where(is_there, starts, 0), 0)
    if fill_value is None:
        return values  # the first one stands at place 0
    return e.where(
        e.reshape(is_there, (-1, 1)), values, e.cast(e.asarray(fill_value), e.dtype(ordered))
    )
