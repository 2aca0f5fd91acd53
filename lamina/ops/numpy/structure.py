"""Shapes and axes: the same elements, counted in another way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.core.variable import numpy_dtype
from lamina.ops.core import shape
from lamina.ops.numpy.creation import shape_of

__all__ = [
    "broadcast_to", "expand_dims", "moveaxis", "ndim", "ravel", "reshape", "size", "squeeze",
    "swapaxes", "transpose", "view",
]  # fmt: skip


def ndim(x: Any) -> int:
    """Return the number of axes of `x`."""
    return len(shape(x))


def size(x: Any) -> int | None:
    """Return the number of elements of `x`; `None` if a size is unknown."""
    sizes = shape(x)
    return None if None in sizes else math.prod(sizes)  # type: ignore[arg-type]


@op
def reshape(x: Tensor, newshape: Any) -> Tensor:
    """Return the elements of `x`, in their order, in another shape; -1 stands for what is left."""
    return engine().reshape(x, shape_of(newshape))


@op
def transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """Permute the axes to the order `axes`; reverse them without."""
    e = engine()
    return e.transpose(x, tuple(axes) if axes is not None else tuple(range(len(e.shape(x))))[::-1])


@op
def swapaxes(x: Tensor, axis1: int, axis2: int) -> Tensor:
    """Return `x` with two axes exchanged."""
    order = list(range(len(engine().shape(x))))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return engine().transpose(x, order)


@op
def moveaxis(x: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Return `x` with the axes `source` moved to `destination`."""
    n = len(engine().shape(x))
    source = [source] if isinstance(source, int) else list(source)
    destination = [destination] if isinstance(destination, int) else list(destination)
    order = [i for i in range(n) if i not in [s % n for s in source]]
    for to, come in sorted(zip([d % n for d in destination], [s % n for s in source], strict=True)):
        order.insert(to, come)
    return engine().transpose(x, order)


@op
def expand_dims(x: Tensor, axis: int | Sequence[int]) -> Tensor:
    """Return `x` with an axis of size 1 put in at `axis`."""
    sizes = list(engine().shape(x))
    axes = [axis] if isinstance(axis, int) else list(axis)
    for position in sorted(a % (len(sizes) + len(axes)) for a in axes):
        sizes.insert(position, 1)
    return engine().reshape(x, tuple(sizes))


@op
def squeeze(x: Tensor, axis: int | Sequence[int] | None = None) -> Tensor:
    """Return `x` without its axes of size 1, or without those named.

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
    """Return all elements in one axis."""
    return engine().reshape(x, (-1,))


@op
def broadcast_to(x: Tensor, shape: Any) -> Tensor:
    """Repeat `x` along new axes and axes of size 1 until it has `shape`."""
    return engine().broadcast_to(x, shape_of(shape))


@op
def view(x: Tensor, dtype: Any = None) -> Tensor:
    """Read the bytes of `x` as another dtype; if its width differs, the last axis changes with it.

    Raises:
        ValueError: the last axis does not hold a whole number of the new elements.

    Example:
        >>> view(np.array([1.0], "float32"), "int32").tolist()
        [1065353216]
    """
    e = engine()
    dtype = e.dtype(x) if dtype is None else dtypes.standardize(dtype)
    old, new = numpy_dtype(e.dtype(x)).itemsize, numpy_dtype(dtype).itemsize
    sizes = e.shape(x)
    if old != new and (not sizes or sizes[-1] * old % new):
        raise ValueError(
            f"ops.view: elements of {e.dtype(x)} in shape {tuple(sizes)} cannot be read as {dtype}: "
            f"their last axis holds no whole number of {new} bytes."
        )
    return x if dtype == e.dtype(x) else e.view(x, dtype)
