"""Moving elements: shapes, axes, joining, splitting."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.ops.core import shape
from lamina.ops.numpy.creation import shape_of

__all__ = [
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "flip",
    "moveaxis",
    "ndim",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "size",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
]


def ndim(x: Any) -> int:
    """The number of axes of `x`."""
    return len(shape(x))


def size(x: Any) -> int | None:
    """The number of elements of `x`; `None` if a size is unknown."""
    sizes = shape(x)
    return None if None in sizes else math.prod(sizes)  # type: ignore[arg-type]


@op
def reshape(x: Tensor, newshape: Any) -> Tensor:
    """The elements of `x`, in their order, in another shape; -1 stands for what is left."""
    return engine().reshape(x, shape_of(newshape))


@op
def transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """Axes in the order `axes`; reversed without."""
    e = engine()
    return e.transpose(x, tuple(axes) if axes is not None else tuple(range(len(e.shape(x))))[::-1])


@op
def swapaxes(x: Tensor, axis1: int, axis2: int) -> Tensor:
    """`x` with two axes exchanged."""
    order = list(range(len(engine().shape(x))))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return engine().transpose(x, order)


@op
def moveaxis(x: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """`x` with the axes `source` moved to `destination`."""
    n = len(engine().shape(x))
    source = [source] if isinstance(source, int) else list(source)
    destination = [destination] if isinstance(destination, int) else list(destination)
    order = [i for i in range(n) if i not in [s % n for s in source]]
    for to, come in sorted(zip([d % n for d in destination], [s % n for s in source], strict=True)):
        order.insert(to, come)
    return engine().transpose(x, order)


@op
def expand_dims(x: Tensor, axis: int | Sequence[int]) -> Tensor:
    """`x` with an axis of size 1 put in at `axis`."""
    e = engine()
    sizes = list(e.shape(x))
    axes = [axis] if isinstance(axis, int) else list(axis)
    for position in sorted(a % (len(sizes) + len(axes)) for a in axes):
        sizes.insert(position, 1)
    return e.reshape(x, tuple(sizes))


@op
def squeeze(x: Tensor, axis: int | Sequence[int] | None = None) -> Tensor:
    """`x` without its axes of size 1, or without those named.

    Raises:
        ValueError: an axis named has another size.
    """
    e = engine()
    sizes = e.shape(x)
    if axis is None:
        return e.reshape(x, tuple(n for n in sizes if n != 1))
    axes = {a % len(sizes) for a in ([axis] if isinstance(axis, int) else axis)}
    if any(sizes[a] != 1 for a in axes):
        raise ValueError(f"ops.squeeze: axis {axis} of shape {tuple(sizes)} does not have size 1.")
    return e.reshape(x, tuple(n for i, n in enumerate(sizes) if i not in axes))


@op
def ravel(x: Tensor) -> Tensor:
    """All elements in one axis."""
    return engine().reshape(x, (-1,))


@op
def broadcast_to(x: Tensor, shape: Any) -> Tensor:
    """`x` repeated along new axes and axes of size 1 until it has `shape`."""
    return engine().broadcast_to(x, shape_of(shape))


@op
def repeat(x: Tensor, repeats: int, axis: int | None = None) -> Tensor:
    """Each element `repeats` times in a row along `axis` (of the flattened `x` without)."""
    e = engine()
    if axis is None:
        x, axis = e.reshape(x, (-1,)), 0
    sizes = list(e.shape(x))
    axis %= len(sizes)
    wide = e.broadcast_to(
        e.reshape(x, (*sizes[: axis + 1], 1, *sizes[axis + 1 :])),
        (*sizes[: axis + 1], repeats, *sizes[axis + 1 :]),
    )
    sizes[axis] *= repeats
    return e.reshape(wide, tuple(sizes))


@op
def tile(x: Tensor, repeats: int | Sequence[int]) -> Tensor:
    """`x` laid out `repeats` times along each axis."""
    e = engine()
    repeats = [repeats] if isinstance(repeats, int) else list(repeats)
    sizes = list(e.shape(x))
    n = builtins.max(len(sizes), len(repeats))
    sizes, repeats = [1] * (n - len(sizes)) + sizes, [1] * (n - len(repeats)) + repeats
    between = [m for pair in zip([1] * n, sizes, strict=True) for m in pair]
    wide = [m for pair in zip(repeats, sizes, strict=True) for m in pair]
    wide = e.broadcast_to(e.reshape(x, tuple(between)), tuple(wide))
    return e.reshape(wide, tuple(a * b for a, b in zip(sizes, repeats, strict=True)))


@op
def pad(
    x: Tensor, pad_width: Any, mode: str = "constant", constant_values: float | None = None
) -> Tensor:
    """`x` with a border of `constant_values` (0).

    Args:
        pad_width: an int, a pair, or a pair for each axis: how many before and after.
    """
    if mode != "constant":
        raise ValueError(f"ops.pad: mode {mode!r} is not supported; give 'constant'.")
    widths = np.broadcast_to(np.asarray(pad_width), (len(engine().shape(x)), 2))
    return engine().pad(x, [(int(a), int(b)) for a, b in widths], constant_values or 0)


@op
def flip(x: Tensor, axis: int | tuple[int, ...] | None = None) -> Tensor:
    """`x` in reverse order along `axis` (all without)."""
    return engine().flip(x, tuple(range(len(engine().shape(x)))) if axis is None else axis)


@op(promote="xs")
def concatenate(xs: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Tensors one after the other along `axis`; their other sizes must agree."""
    return engine().concatenate(xs, axis)


@op(promote="x")
def stack(x: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Tensors of one shape along a new axis."""
    return engine().stack(x, axis)


@op
def split(x: Tensor, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """`x` cut along `axis`: into equal parts, or at the indices given.

    Raises:
        ValueError: the axis does not divide into equal parts.
    """
    e = engine()
    axis %= len(e.shape(x))
    length = e.shape(x)[axis]
    if isinstance(indices_or_sections, int):
        if length % indices_or_sections:
            raise ValueError(
                f"ops.split: axis {axis} of size {length} does not divide into {indices_or_sections} equal parts."
            )
        part = length // indices_or_sections
        cuts = list(range(0, length + 1, part)) if part else [0] * (indices_or_sections + 1)
    else:
        cuts = [0, *indices_or_sections, length]
    return [e.getitem(x, (slice(None),) * axis + (slice(a, b),)) for a, b in pairwise(cuts)]
