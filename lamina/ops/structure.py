"""Making tensors, and moving their elements: shapes, joining, indexing, casting."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from lamina.core import dtypes, graph
from lamina.core.op import Tensor, op, to_native
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.contract import Spec
from lamina.engine.current import engine

# Between Python, NumPy and the engine.


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """`x` as a native array of the engine in force.

    Args:
        x: a NumPy array, number, nested list, Variable or native array.
        dtype: to cast to; without, arrays keep theirs, Python floats take `floatx`, ints int32.
    """
    if sparse or ragged:
        raise NotImplementedError("lamina has no sparse or ragged tensors.")
    if isinstance(x, KerasTensor):
        return x if dtype is None else cast(x, dtype)
    e = engine()
    x = to_native(x)
    return (
        x
        if dtype is None or e.dtype(x) == dtypes.standardize(dtype)
        else e.cast(x, dtypes.standardize(dtype))
    )


def convert_to_numpy(x: Any) -> np.ndarray:
    """`x`, a native array, a Variable or anything like an array, as a NumPy array."""
    if isinstance(x, Variable):
        return x.numpy()
    e = engine()
    return e.to_numpy(x) if isinstance(x, e.array_types) else np.asarray(x)


def is_tensor(x: Any) -> bool:
    """Whether `x` is an array of the engine in force, or symbolic."""
    return isinstance(x, (KerasTensor, *engine().array_types))


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape of `x`; unknown sizes of a symbolic tensor are `None`."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def ndim(x: Any) -> int:
    """The number of axes of `x`."""
    return len(shape(x))


def size(x: Any) -> int | None:
    """The number of elements of `x`; `None` if a size is unknown."""
    sizes = shape(x)
    return None if None in sizes else math.prod(sizes)  # type: ignore[arg-type]


@op
def cast(x: Tensor, dtype: Any) -> Tensor:
    """`x` with its elements in `dtype`."""
    e, dtype = engine(), dtypes.standardize(dtype)
    return x if e.dtype(x) == dtype else e.cast(x, dtype)


@op
def stop_gradient(variable: Tensor) -> Tensor:
    """The same values, through which no gradient flows."""
    return engine().stop_gradient(variable)


# Making.


def full(shape: Sequence[int], fill_value: Any, dtype: Any = None) -> Any:
    """A tensor of `shape` with every element `fill_value`."""
    return engine().full(_shape(shape), fill_value, dtypes.standardize(dtype))


def zeros(shape: Sequence[int], dtype: Any = None) -> Any:
    """A tensor of zeros, `floatx` unless said otherwise."""
    return engine().full(_shape(shape), 0, dtypes.standardize(dtype))


def ones(shape: Sequence[int], dtype: Any = None) -> Any:
    """A tensor of ones, `floatx` unless said otherwise."""
    return engine().full(_shape(shape), 1, dtypes.standardize(dtype))


def _shape(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(map(int, shape))


@op
def full_like(x: Tensor, fill_value: Any, dtype: Any = None) -> Tensor:
    """`fill_value` in the shape of `x`, and in its dtype unless given."""
    e = engine()
    return e.full(
        e.shape(x), fill_value, e.dtype(x) if dtype is None else dtypes.standardize(dtype)
    )


@op
def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Zeros in the shape of `x`, and in its dtype unless given."""
    return full_like(x, 0, dtype)


@op
def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Ones in the shape of `x`, and in its dtype unless given."""
    return full_like(x, 1, dtype)


def arange(
    start: float, stop: float | None = None, step: float | None = None, dtype: Any = None
) -> Any:
    """Numbers from `start` (0 if only one is given) to before `stop`, `step` apart.

    Example:
        >>> arange(1, 7, 2).tolist()
        [1, 3, 5]
    """
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if dtype is None:
        dtype = dtypes.result_type(
            *(
                dtypes.weak(x) if isinstance(x, (int, float)) else x.dtype.name
                for x in (start, stop, step)
            )
        )
    return engine().arange(start, stop, step, dtypes.standardize(dtype))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """`N` rows and `M` columns with ones on the k-th diagonal."""
    return engine().eye(N, N if M is None else M, k, dtypes.standardize(dtype))


# Shapes.


@op
def reshape(x: Tensor, newshape: Any) -> Tensor:
    """The elements of `x`, in their order, in another shape; -1 stands for what is left."""
    return engine().reshape(x, _shape(newshape))


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
    return engine().broadcast_to(x, _shape(shape))


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


# Joining and splitting.


@op(promote="xs")
def concatenate(xs: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Tensors one after the other along `axis`; their other sizes must agree."""
    return engine().concatenate(xs, axis)


@op(promote="x")
def stack(x: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Tensors of one shape along a new axis."""
    return engine().stack(x, axis)


@op
def unstack(x: Tensor, num: int | None = None, axis: int = 0) -> list[Any]:
    """The slices of `x` along `axis`, as a list."""
    e = engine()
    axis %= len(e.shape(x))
    return [e.getitem(x, (slice(None),) * axis + (i,)) for i in range(num or e.shape(x)[axis])]


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


# Indexing.


def _indexed(x: KerasTensor, key: Any) -> Any:
    """The rule for `x[key]`: a cut through an axis of unknown size has an unknown size."""
    keys = list(key) if isinstance(key, tuple) else [key]
    spec = graph.infer(getitem.reference, (x, key), {})
    if not all(isinstance(k, (int, slice)) or k is None or k is Ellipsis for k in keys):
        return spec
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (x.ndim - builtins.sum(k is not None for k in keys) + 1)
    sizes, axis, sizes_left = [], 0, list(spec.shape)
    for k in keys:
        if k is None:
            sizes.append(sizes_left.pop(0))
            continue
        if isinstance(k, slice):
            size = sizes_left.pop(0)
            sizes.append(None if x.shape[axis] is None else size)
        axis += 1
    return Spec((*sizes, *sizes_left), spec.dtype)


@op(shape=_indexed)
def getitem(x: Tensor, key: Any) -> Tensor:
    """`x[key]` with integers, slices, `None`, `...` or integer tensors."""
    keys = key if isinstance(key, tuple) else (key,)
    keys = tuple(to_native(k) if isinstance(k, (Variable, np.ndarray, list)) else k for k in keys)
    return engine().getitem(x, keys if isinstance(key, tuple) else keys[0])


@op
def take(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """Slices of `x` at `indices` along `axis` (of the flattened `x` without); -1 is the last."""
    e = engine()
    if axis is None:
        x, axis = e.reshape(x, (-1,)), 0
    if e.dtype(indices) not in dtypes.INTS:
        indices = e.cast(indices, "int32")
    if not e.dtype(indices).startswith("u"):
        indices = e.where(e.less(indices, 0), e.add(indices, e.shape(x)[axis]), indices)
    return e.take(x, indices, axis)


@op
def take_along_axis(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """Elements of `x` at `indices` along `axis`, position by position."""
    e = engine()
    return (
        e.take_along_axis(e.reshape(x, (-1,)), indices, 0)
        if axis is None
        else e.take_along_axis(x, indices, axis)
    )


@op
def one_hot(
    x: Tensor, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at the index that `x` names, else 0, along a new axis; all 0 where the index is out of range.

    Example:
        >>> one_hot([0, 2], 3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    e = engine()
    n = len(e.shape(x))
    axis = axis % (n + 1)
    labels = e.reshape(x, (*e.shape(x)[:axis], 1, *e.shape(x)[axis:]))
    classes = e.reshape(e.arange(0, num_classes, 1, e.dtype(x)), (num_classes,) + (1,) * (n - axis))
    return e.cast(e.equal(labels, classes), dtypes.standardize(dtype))
