"""Reading and writing blocks and places whose position may be computed."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.choices import one_of
from lamina.core.higher_order import higher_order
from lamina.core.op import Tensor, engine, op, to_native

__all__ = ["scatter", "scatter_update", "slice", "slice_update"]

_REDUCTIONS = (None, "add", "max", "min", "mul")


@op
def scatter(indices: Tensor, values: Tensor, shape: Sequence[int]) -> Tensor:
    """Add `values` at `indices` to zeros of `shape`.

    Args:
        indices: integers `(..., d)`, each a place along the first d axes; negative ones count from
            the end.
        values: `(..., *shape[d:])`.

    Example:
        >>> scatter(np.array([[0], [2], [0]]), np.array([1.0, 2.0, 3.0]), (4,)).tolist()
        [4.0, 0.0, 2.0, 0.0]
    """
    return _add(engine().full(tuple(shape), 0, engine().dtype(values)), indices, values)


def _add(x: Any, indices: Any, updates: Any) -> Any:
    e = engine()
    if e.dtype(x) == "bool":  # true where any is; not every engine adds booleans
        return e.cast(_add(e.cast(x, "int32"), indices, e.cast(updates, "int32")), "bool")
    return e.scatter_add(x, *_as_rows(x, indices, updates))


def _as_rows(x: Any, indices: Any, updates: Any) -> tuple[Any, Any]:
    """Return `indices` `(n, d)`, none of them negative, and `updates` `(n, ...)`."""
    e, depth = engine(), indices.shape[-1]
    sizes = to_native(np.array(x.shape[:depth], "int32"))
    indices = e.reshape(e.cast(indices, "int32"), (-1, depth))
    indices = e.where(e.less(indices, 0), e.add(indices, sizes), indices)
    return indices, e.reshape(updates, (indices.shape[0], *x.shape[depth:]))


@op
def scatter_update(
    inputs: Tensor, indices: Tensor, updates: Tensor, reduction: str | None = None
) -> Tensor:
    """Put `updates` at `indices` of `inputs`, or combine them with what is there.

    Args:
        indices: integers `(..., d)`, each a place along the first d axes; negative ones count from
            the end. Of several updates for one place an engine may take any, without `reduction`.
        updates: `(..., *inputs.shape[d:])`, cast to the dtype of `inputs`.
        reduction: `None`, "add", "max", "min" or "mul".

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> scatter_update(np.zeros((2, 2)), np.array([[0, 1]]), np.array([5.0])).tolist()
        [[0.0, 5.0], [0.0, 0.0]]
    """
    one_of("ops.scatter_update", "reduction", reduction, _REDUCTIONS)
    e = engine()
    if e.dtype(updates) != e.dtype(inputs):
        updates = e.cast(updates, e.dtype(inputs))
    if reduction == "add":
        return _add(inputs, indices, updates)
    if reduction is None:
        return e.scatter_set(inputs, *_as_rows(inputs, indices, updates))
    return _combined(inputs, *_as_rows(inputs, indices, updates), reduction)


def _combined(x: Any, indices: Any, updates: Any, reduction: str) -> Any:
    e, depth = engine(), indices.shape[-1]
    sizes, rest = x.shape[:depth], x.shape[depth:]
    steps = [math.prod(sizes[i + 1 :]) for i in range(depth)]
    ids = e.sum(e.multiply(indices, to_native(np.array(steps, "int32"))), axis=-1, keepdims=False)
    how = "prod" if reduction == "mul" else reduction
    there = e.segment(updates, ids, math.prod(sizes), how)
    combine = {"max": e.maximum, "min": e.minimum, "mul": e.multiply}[reduction]
    return e.reshape(combine(e.reshape(x, (math.prod(sizes), *rest)), there), tuple(x.shape))


@higher_order
def slice(inputs: Any, start_indices: Any, shape: Sequence[int]) -> Any:
    """Return the block of `inputs` that begins at `start_indices` and has `shape`.

    A block that would reach beyond the end is moved back until it fits.

    Args:
        start_indices: an integer per axis, or integer scalars, or an integer vector; negative ones
            count from the end.
        shape: sizes; -1 for all that is left, if the start is a Python integer.

    Raises:
        ValueError: there is not one start and one size per axis, or the block is larger than `inputs`.

    Example:
        >>> slice(np.arange(12).reshape(3, 4), (1, 1), (2, 2)).tolist()
        [[5, 6], [9, 10]]
    """
    e, inputs = engine(), to_native(inputs)
    starts, sizes = _block("ops.slice", inputs, start_indices, shape)
    if all(isinstance(start, int) for start in starts):
        key = [builtins.slice(a, a + n) for a, n in zip(starts, sizes, strict=True)]
        return e.getitem(inputs, tuple(key))
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        if not (isinstance(start, int) and size == inputs.shape[axis]):  # else all of it
            inputs = e.take(inputs, e.add(e.arange(0, size, 1, "int32"), start), axis)
    return inputs


@higher_order
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Replace the block of `inputs` that begins at `start_indices` by `updates`.

    A block that would reach beyond the end is moved back until it fits.

    Args:
        start_indices: as for `slice`.
        updates: cast to the dtype of `inputs`.

    Raises:
        ValueError: there is not one start per axis, or `updates` has other axes, or larger ones.

    Example:
        >>> slice_update(np.zeros((2, 3)), (0, 1), np.ones((2, 2))).tolist()
        [[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]
    """
    e, inputs, updates = engine(), to_native(inputs), to_native(updates)
    starts, sizes = _block("ops.slice_update", inputs, start_indices, updates.shape)
    native = e.overrides.get("update_block") if sizes else None
    if native is not None:
        result = native(inputs, starts, e.cast(updates, e.dtype(inputs)))
        if result is not None:
            return result
    columns = []
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        along = e.add(e.arange(0, size, 1, "int32"), start)
        along = e.reshape(along, tuple(size if i == axis else 1 for i in range(len(sizes))))
        columns.append(e.reshape(e.broadcast_to(along, tuple(sizes)), (-1,)))
    updates = e.reshape(e.cast(updates, e.dtype(inputs)), (-1,))
    return e.scatter_set(inputs, e.stack(columns, -1), updates) if columns else updates[0]


def _block(what: str, x: Any, starts: Any, shape: Sequence[int]) -> tuple[list[Any], list[int]]:
    """Return a start and a size per axis; starts move back to where the block fits."""
    e = engine()
    if not isinstance(starts, (list, tuple)):
        starts = list(starts) if isinstance(starts, np.ndarray) else _scalars(to_native(starts))
    if not len(starts) == len(shape) == x.ndim:
        raise ValueError(
            f"{what}: needs a start and a size for each of the {x.ndim} axes of a tensor of shape "
            f"{tuple(x.shape)}, but was given {len(starts)} and {len(shape)}."
        )
    moved, sizes = [], []
    for start, size, length in zip(starts, shape, x.shape, strict=True):
        is_number = isinstance(start, (int, np.integer))
        if is_number:
            start = int(start) + (length if start < 0 else 0)
        else:
            start = e.cast(to_native(start), "int32")
            start = e.where(e.less(start, 0), e.add(start, length), start)
        if size == -1 and is_number:
            size = length - start
        if not 0 <= size <= length:
            raise ValueError(
                f"{what}: a block of shape {tuple(shape)} does not fit into a tensor of shape {tuple(x.shape)}."
            )
        room = length - size
        if is_number:
            start = builtins.min(builtins.max(start, 0), room)
        else:
            start = e.minimum(e.maximum(start, 0), room)
        moved.append(start)
        sizes.append(size)
    return moved, sizes


def _scalars(starts: Any) -> list[Any]:
    return [engine().getitem(starts, i) for i in range(starts.shape[0])]
