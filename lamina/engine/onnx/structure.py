"""Primitives that make arrays or move their elements, as nodes of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine import indexing, windows
from lamina.engine.current import engine
from lamina.engine.neutral import neutral
from lamina.engine.numpy.convert import native
from lamina.engine.onnx.elementwise import traced
from lamina.engine.onnx.graph import Size
from lamina.engine.onnx.value import (
    Value,
    as_dtype,
    in_graph,
    integers,
    node,
    operand,
    shapes_of,
)

MOVED: dict[str, Any] = {}
_END = 2**62


def moved(emit: Any) -> Any:
    """Decorate what adds the nodes of a primitive that only moves elements."""
    MOVED[emit.__name__.strip("_")] = in_graph(emit, moves=True)
    return emit


# Creation


@moved
def _full(shape: Any, value: Any, dtype: str) -> Any:
    return node("Expand", operand(value, native(dtype)), integers(*shape))


@moved
def _arange(start: Any, stop: Any, step: Any, dtype: str) -> Any:
    whole = all(isinstance(x, int) for x in (start, stop, step))
    kind = np.dtype("int64" if whole else "float64")
    return as_dtype(node("Range", *(operand(x, kind) for x in (start, stop, step))), native(dtype))


@moved
def _cast(x: Any, dtype: str) -> Any:
    return as_dtype(x, native(dtype))


@moved
def _copy(x: Any) -> Any:
    return node("Identity", x)


# Shapes


@moved
def _reshape(x: Any, shape: Any) -> Any:
    _, shape = shapes_of("reshape", (x, shape), {})
    return node("Reshape", x, _target(shape), allowzero=int(0 in shape))


def _target(shape: Any) -> Any:
    """Return the sizes of a shape; one of the batch may be left to the node."""
    open_ = [isinstance(size, Size) for size in shape]
    if sum(open_) == 1 and 0 not in shape:
        shape = [-1 if is_open else size for size, is_open in zip(shape, open_, strict=True)]
    return integers(*shape)


@moved
def _transpose(x: Any, axes: Any) -> Any:
    return node("Transpose", x, perm=[axis % x.ndim for axis in axes])


@traced
def _broadcast_to(x: Any, shape: Any) -> Any:
    return node("Expand", x, integers(*shape))


@moved
def _concatenate(xs: Any, axis: int) -> Any:
    return node("Concat", *xs, axis=axis % xs[0].ndim)


@moved
def _stack(xs: Any, axis: int) -> Any:
    axis %= xs[0].ndim + 1
    return node("Concat", *(node("Unsqueeze", x, integers(axis)) for x in xs), axis=axis)


@traced
def _pad(x: Any, widths: Any, value: Any = 0) -> Any:
    ends = integers(*(low for low, _ in widths), *(high for _, high in widths))
    return node("Pad", x, ends, operand(value, x.dtype))


@moved
def _flip(x: Any, axis: Any) -> Any:
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = [i % x.ndim for i in axes]
    every = [np.full(len(axes), n, np.int64) for n in (-1, -_END, -1)]
    return node("Slice", x, every[0], every[1], np.array(axes), every[2])


# Indexing


@moved
def _getitem(x: Any, key: Any) -> Any:
    """Slices, new axes and ints."""
    parts = indexing.spelled_out([*key] if isinstance(key, tuple) else [key], x.ndim)
    cuts, dropped, new, axis, place = [], [], [], 0, 0
    for part in parts:
        if part is None:
            new.append(place)
            place += 1
            continue
        if isinstance(part, slice):
            if part != slice(None):
                cuts.append((axis, *_ends(part)))
            place += 1
        else:
            place_of = int(np.asarray(part)) if not isinstance(part, Size) else part
            cuts.append((axis, place_of, place_of + 1 if place_of != -1 else _END, 1))
            dropped.append(axis)
        axis += 1
    if cuts:
        axes, starts, stops, steps = (integers(*column) for column in zip(*cuts, strict=True))
        x = node("Slice", x, starts, stops, axes, steps)
    if dropped:
        x = node("Squeeze", x, integers(*dropped))
    if new:
        x = node("Unsqueeze", x, integers(*new))
    return x if cuts or new else node("Identity", x)


def _ends(part: slice) -> tuple[Any, Any, int]:
    step = 1 if part.step is None else part.step
    first, last = (0, _END) if step > 0 else (_END, -_END)
    start = first if part.start is None else part.start
    return start, last if part.stop is None else part.stop, step


def getitem(x: Any, key: Any) -> Any:
    """The contract's `getitem`; arrays in the key are gathered."""
    plainly = MOVED["getitem"]
    return indexing.getitem(
        x,
        key,
        lambda x, parts: plainly(x, tuple(parts)) if isinstance(x, Value) else x[tuple(parts)],
    )


@moved
def _take(x: Any, indices: Any, axis: int) -> Any:
    if indices.dtype.name not in ("int32", "int64"):
        indices = as_dtype(indices, np.int64)
    return node("Gather", x, indices, axis=axis)


@moved
def _take_along_axis(x: Any, indices: Any, axis: int) -> Any:
    axis %= x.ndim
    e, common = (
        engine(),
        [max(a, b) if 0 not in (a, b) else 0 for a, b in zip(x.shape, indices.shape, strict=True)],
    )
    if [*x.shape] != common or [*indices.shape] != common:
        shapes = [[*common[:axis], y.shape[axis], *common[axis + 1 :]] for y in (x, indices)]
        x, indices = (
            y if [*y.shape] == s else e.broadcast_to(y, tuple(s))
            for y, s in zip((x, indices), shapes, strict=True)
        )
    size = operand(x.shape[axis], np.int64)
    indices = as_dtype(indices, np.int64)
    indices = node(
        "Where", node("Less", indices, np.array(0, np.int64)), node("Add", indices, size), indices
    )
    return node("GatherElements", x, indices, axis=axis)


def _scattered(reduction: str) -> Any:
    def emit(x: Any, indices: Any, updates: Any) -> Any:
        return node("ScatterND", x, as_dtype(indices, np.int64), updates, reduction=reduction)

    return emit


for _name, _reduction in (("scatter_add", "add"), ("scatter_set", "none")):
    _emit = _scattered(_reduction)
    _emit.__name__ = _name
    traced(_emit)


@traced
def _segment(x: Any, ids: Any, count: int, how: str) -> Any:
    ids, last = as_dtype(ids, np.int64), operand(count, np.int64)
    outside = node(
        "Or", node("Less", ids, np.array(0, np.int64)), node("GreaterOrEqual", ids, last)
    )
    rows = node("Unsqueeze", node("Where", outside, last, ids), integers(-1))
    start = node(
        "Expand", operand(neutral(how, x.dtype.name), x.dtype), integers(count + 1, *x.shape[1:])
    )
    reduction = {"sum": "add", "prod": "mul"}.get(how, how)
    every = node(
        "ScatterND", start, rows, x, reduction=reduction
    )  # the last row has what is left out
    return node("Slice", every, integers(0), integers(count), integers(0))


# Products and windows


@traced
def _matmul(x: Any, y: Any) -> Any:
    return node("MatMul", x, y)


@traced
def _einsum(subscripts: str, *xs: Any) -> Any:
    return node("Einsum", *xs, equation=subscripts)


def _first(x: Any) -> Any:
    """Channels before space, as ONNX has them."""
    return node("Transpose", x, perm=[0, x.ndim - 1, *range(1, x.ndim - 1)])


def _last(name: Any, ndim: int) -> Any:
    return node("Transpose", name, perm=[0, *range(2, ndim), 1])


def _pads(padding: Any) -> list[int]:
    return [*(int(low) for low, _ in padding), *(int(high) for _, high in padding)]


def _conv(x: Any, kernel: Any, strides: Any, padding: Any, dilation: Any, groups: int) -> Any:
    if any(low < 0 or high < 0 for low, high in padding):
        x, padding = windows.pad_space(x, padding, 0), [(0, 0)] * len(padding)
    weights = node("Transpose", kernel, perm=[x.ndim - 1, x.ndim - 2, *range(x.ndim - 2)])
    how = {"strides": [*strides], "pads": _pads(padding), "dilations": [*dilation], "group": groups}
    y = node("Conv", _first(x), weights, kernel_shape=[*kernel.shape[:-2]], **how)
    return _last(y, x.ndim)


@traced
def _conv_transpose(x: Any, kernel: Any, strides: Any, crop: Any, dilation: Any) -> Any:
    n = x.ndim - 2
    weights = node("Transpose", kernel, perm=[n + 1, n, *range(n)])
    cut = [(max(low, 0), max(high, 0)) for low, high in crop]
    how = {"strides": [*strides], "pads": _pads(cut), "dilations": [*dilation]}
    y = _last(
        node("ConvTranspose", _first(x), weights, kernel_shape=[*kernel.shape[:-2]], **how), x.ndim
    )
    grown = [(max(-low, 0), max(-high, 0)) for low, high in crop]
    if not any(low or high for low, high in grown):
        return y
    ends = _pads([(0, 0), *grown, (0, 0)])
    return node("Pad", y, np.array(ends), operand(0, x.dtype))


def _max_pool(x: Any, size: Any, strides: Any, padding: Any) -> Any:
    how = {"kernel_shape": [*size], "strides": [*strides], "pads": _pads(padding)}
    return _last(node("MaxPool", _first(x), **how), x.ndim)


def _sum_pool(x: Any, size: Any, strides: Any, padding: Any) -> Any:
    how = {"kernel_shape": [*size], "strides": [*strides], "pads": _pads(padding)}
    y = node("AveragePool", _first(x), count_include_pad=1, **how)
    return node("Mul", _last(y, x.ndim), np.asarray(np.prod(size), x.dtype))


def _in_single(emit: Any, cell_by_cell: Any) -> Any:
    """Make a primitive of windows; for integers and float64 ONNX Runtime has no kernel."""
    in_single = in_graph(emit)

    def call(x: Any, *args: Any) -> Any:
        narrow = x.dtype.name in ("float32", "float16", "bfloat16")
        return (in_single if narrow else cell_by_cell)(x, *args)

    return call


WINDOWED = {
    "conv": _in_single(_conv, windows.conv),
    "max_pool": _in_single(_max_pool, windows.max_pool),
    "sum_pool": _in_single(_sum_pool, windows.sum_pool),
}
