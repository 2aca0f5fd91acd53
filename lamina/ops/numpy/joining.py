"""Tensors joined and cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.axes import part

__all__ = [
    "append", "array_split", "column_stack", "concatenate", "dsplit", "dstack", "hsplit",
    "hstack", "split", "stack", "vsplit", "vstack",
]  # fmt: skip


def _parts(xs: Any) -> list[Any]:
    """Return a tensor as the list of its slices."""
    if isinstance(xs, list):
        return xs
    e = engine()
    return [e.getitem(xs, i) for i in range(e.shape(xs)[0])]


@op(promote="xs")
def concatenate(xs: Sequence[Tensor], axis: int | None = 0) -> Tensor:
    """Join tensors one after the other along `axis`; their other sizes must agree.

    Args:
        axis: `None` joins all their elements in one axis.
    """
    e = engine()
    if axis is None:
        return e.concatenate([e.reshape(x, (-1,)) for x in _parts(xs)], 0)
    return e.concatenate(_parts(xs), axis)


@op(promote="x")
def stack(x: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis."""
    return engine().stack(_parts(x), axis)


@op(promote="x1 x2", arrays=True)
def append(x1: Tensor, x2: Tensor, axis: int | None = None) -> Tensor:
    """Put `x2` after `x1` along `axis`, or all elements in one axis without.

    Example:
        >>> append(np.array([1, 2]), np.array([[3]])).tolist()
        [1, 2, 3]
    """
    return concatenate.reference([x1, x2], axis)


def _joined(xs: Any, least: int, grown: Callable[[tuple], tuple], axis: int) -> Any:
    """Join along `axis`; tensors with fewer than `least` axes take the shape `grown(shape)` first."""
    e = engine()
    parts = [e.reshape(x, grown(e.shape(x))) if len(e.shape(x)) < least else x for x in _parts(xs)]
    return e.concatenate(parts, axis)


@op(promote="xs")
def hstack(xs: Sequence[Tensor]) -> Tensor:
    """Join tensors side by side: along axis 1, or 0 if they are 1-d.

    Example:
        >>> hstack([np.array([1, 2]), np.array([3])]).tolist()
        [1, 2, 3]
    """
    axis = 1 if len(engine().shape(_parts(xs)[0])) > 1 else 0
    return _joined(xs, 1, lambda shape: (1,), axis)


@op(promote="xs")
def vstack(xs: Sequence[Tensor]) -> Tensor:
    """Join tensors below each other, along axis 0; a 1-d one counts as a row.

    Example:
        >>> vstack([np.array([1, 2]), np.array([[3, 4]])]).tolist()
        [[1, 2], [3, 4]]
    """
    return _joined(xs, 2, lambda shape: (1, *shape) if shape else (1, 1), 0)


@op(promote="xs")
def dstack(xs: Sequence[Tensor]) -> Tensor:
    """Join tensors in depth, along axis 2; a matrix counts as one layer, a 1-d one as its row.

    Example:
        >>> dstack([np.array([1, 2]), np.array([3, 4])]).tolist()
        [[[1, 3], [2, 4]]]
    """
    return _joined(xs, 3, lambda s: (*s, 1) if len(s) == 2 else (1, *(s or (1,)), 1), 2)


@op(promote="xs")
def column_stack(xs: Sequence[Tensor]) -> Tensor:
    """Join tensors side by side, along axis 1; a 1-d one counts as a column.

    Example:
        >>> column_stack([np.array([1, 2]), np.array([3, 4])]).tolist()
        [[1, 3], [2, 4]]
    """
    return _joined(xs, 2, lambda shape: (*(shape or (1,)), 1), 1)


def _cut(x: Any, cuts: list[int], axis: int) -> list[Any]:
    native = engine().overrides.get("cut")
    sizes = [b - a for a, b in pairwise(cuts)]
    if native is None or min(sizes) < 0:  # slices read odd indices as NumPy does
        return [part(x, axis, slice(a, b)) for a, b in pairwise(cuts)]
    return list(native(x, sizes, axis))


@op
def split(x: Tensor, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Cut `x` along `axis` into equal parts, or at the indices given.

    Raises:
        ValueError: the axis does not divide into equal parts.
    """
    axis %= len(engine().shape(x))
    length = engine().shape(x)[axis]
    if not isinstance(indices_or_sections, (int, np.integer)):
        return _cut(x, [0, *map(int, indices_or_sections), length], axis)
    if length % indices_or_sections:
        raise ValueError(
            f"ops.split: axis {axis} of size {length} does not divide into {indices_or_sections} "
            "equal parts. ops.array_split makes parts that differ by one."
        )
    return array_split.reference(x, indices_or_sections, axis)


@op
def array_split(x: Tensor, indices_or_sections: int, axis: int = 0) -> list[Any]:
    """Cut `x` along `axis` into parts; the first ones are longer by one if need be.

    Example:
        >>> [part.tolist() for part in array_split(np.arange(5), 2)]
        [[0, 1, 2], [3, 4]]
    """
    if not isinstance(indices_or_sections, (int, np.integer)):
        raise TypeError(
            f"ops.array_split: `indices_or_sections` must be an int, not {indices_or_sections!r}; "
            "ops.split cuts at indices."
        )
    axis %= len(engine().shape(x))
    least, longer = divmod(engine().shape(x)[axis], indices_or_sections)
    lengths = [least + (i < longer) for i in range(indices_or_sections)]
    return _cut(x, [0, *accumulate(lengths)], axis)


@op
def hsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Cut `x` along axis 1, or 0 if it is 1-d; the inverse of `hstack`."""
    return split.reference(x, indices_or_sections, 1 if len(engine().shape(x)) > 1 else 0)


@op
def vsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Cut `x` along axis 0; the inverse of `vstack`."""
    return split.reference(x, indices_or_sections, 0)


@op
def dsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Cut `x` along axis 2; the inverse of `dstack`.

    Raises:
        ValueError: `x` has fewer than 3 axes.
    """
    if len(engine().shape(x)) < 3:
        raise ValueError(
            f"ops.dsplit: `x` must have 3 axes or more, not shape {tuple(engine().shape(x))}."
        )
    return split.reference(x, indices_or_sections, 2)
