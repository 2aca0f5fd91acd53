"""Elements repeated, reversed, shifted around."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.op import Tensor, engine, op
from lamina.ops.core import convert_to_numpy
from lamina.ops.numpy.axes import flattened, part

__all__ = ["flip", "fliplr", "flipud", "repeat", "roll", "rot90", "tile"]


@op
def repeat(x: Tensor, repeats: Any, axis: int | None = None) -> Tensor:
    """Repeat each element `repeats` times in a row along `axis` (of the flattened `x` without).

    Args:
        repeats: an int, or one for each element along `axis`.

    Raises:
        ValueError: there are neither one nor as many `repeats` as elements.

    Example:
        >>> repeat(np.array([7, 8, 9]), [2, 0, 1]).tolist()
        [7, 7, 9]
    """
    e = engine()
    x, axis = flattened(x, axis)
    axis %= len(e.shape(x))
    counts = convert_to_numpy(repeats).reshape(-1)
    if counts.size == 1:
        return _each(x, int(counts[0]), axis)
    if counts.size != e.shape(x)[axis]:
        raise ValueError(
            f"ops.repeat: `repeats` has {counts.size} numbers for the {e.shape(x)[axis]} elements "
            f"along axis {axis}; give one, or one for each."
        )
    order = np.repeat(np.arange(counts.size), counts)
    return e.take(x, e.asarray(order, "int32"), axis)


def _each(x: Any, times: int, axis: int) -> Any:
    e = engine()
    sizes = list(e.sizes(x))
    wide = e.broadcast_to(
        e.reshape(x, (*sizes[: axis + 1], 1, *sizes[axis + 1 :])),
        (*sizes[: axis + 1], times, *sizes[axis + 1 :]),
    )
    sizes[axis] = sizes[axis] * times
    return e.reshape(wide, tuple(sizes))


@op
def tile(x: Tensor, repeats: int | Sequence[int]) -> Tensor:
    """Lay out `x` `repeats` times along each axis."""
    e = engine()
    repeats = np.ravel(convert_to_numpy(repeats)).tolist()
    sizes = list(e.sizes(x))
    n = builtins.max(len(sizes), len(repeats))
    sizes, repeats = [1] * (n - len(sizes)) + sizes, [1] * (n - len(repeats)) + repeats
    between = [m for pair in zip([1] * n, sizes, strict=True) for m in pair]
    wide = [m for pair in zip(repeats, sizes, strict=True) for m in pair]
    wide = e.broadcast_to(e.reshape(x, tuple(between)), tuple(wide))
    return e.reshape(wide, tuple(a * b for a, b in zip(sizes, repeats, strict=True)))


@op
def flip(x: Tensor, axis: int | Sequence[int] | None = None) -> Tensor:
    """Reverse `x` along `axis` (all axes without)."""
    e = engine()
    if axis is None:
        return e.flip(x, tuple(range(len(e.shape(x)))))
    return e.flip(x, axis if isinstance(axis, int) else tuple(axis))


@op
def fliplr(x: Tensor) -> Tensor:
    """Reverse `x` along axis 1."""
    return engine().flip(x, 1)


@op
def flipud(x: Tensor) -> Tensor:
    """Reverse `x` along axis 0."""
    return engine().flip(x, 0)


@op
def rot90(array: Tensor, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """Turn the plane of `axes` by `k` quarters, from the first axis toward the second.

    Raises:
        ValueError: the axes are not two different ones of `array`.

    Example:
        >>> rot90(np.array([[1, 2], [3, 4]])).tolist()
        [[2, 4], [1, 3]]
    """
    e = engine()
    ndim = len(e.shape(array))
    if len(axes) != 2 or ndim < 2 or axes[0] % ndim == axes[1] % ndim:
        raise ValueError(
            f"ops.rot90: two different axes are needed; given: {tuple(axes)} of shape "
            f"{tuple(e.shape(array))}."
        )
    first, second = (axis % ndim for axis in axes)
    exchanged = list(range(ndim))
    exchanged[first], exchanged[second] = second, first
    match k % 4:
        case 0:
            return array
        case 1:
            return e.transpose(e.flip(array, second), exchanged)
        case 2:
            return e.flip(array, (first, second))
        case _:
            return e.flip(e.transpose(array, exchanged), second)


@op
def roll(x: Tensor, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Tensor:
    """Move `x` by `shift` along `axis` (of the flattened `x` without); what leaves at one end enters at the other.

    Args:
        shift, axis: ints, or as many of each; one shift serves several axes.

    Example:
        >>> roll(np.array([1, 2, 3]), 1).tolist()
        [3, 1, 2]
    """
    e = engine()
    if axis is None:
        flat = e.reshape(x, (-1,))
        return e.reshape(_rolled(flat, int(np.sum(shift)), 0), e.shape(x))
    shifts, axes = np.broadcast_arrays(shift, axis)
    for by, along in zip(shifts.ravel().tolist(), axes.ravel().tolist(), strict=True):
        x = _rolled(x, by, along % len(e.shape(x)))
    return x


def _rolled(x: Any, by: int, axis: int) -> Any:
    size = engine().shape(x)[axis]
    cut = size - by % size if size else 0
    if cut in (0, size):
        return x
    return engine().concatenate(
        [part(x, axis, slice(cut, size)), part(x, axis, slice(0, cut))], axis
    )
