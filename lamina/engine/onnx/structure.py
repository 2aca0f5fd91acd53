"""Primitives that make arrays, move their elements or contract them, as nodes of a graph."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from lamina.engine import indexing, products, windows
from lamina.engine.current import engine
from lamina.engine.neutral import neutral
from lamina.engine.numpy.convert import native
from lamina.engine.onnx.value import Value, as_dtype, in_graph, integers, node, operand, shapes_of

_END = 2**62


def _reshape(x: Any, shape: Any) -> Any:
    shape = shapes_of("reshape", (x, shape), {}).shape
    if shape == x.shape:
        return x
    return node("Reshape", x, integers(*shape), allowzero=int(0 in shape))


def _transpose(x: Any, axes: Any) -> Any:
    order = [axis % x.ndim for axis in axes]
    return x if order == [*range(x.ndim)] else node("Transpose", x, perm=order)


def _stack(xs: Any, axis: int) -> Any:
    axis %= xs[0].ndim + 1
    return node("Concat", *(node("Unsqueeze", x, integers(axis)) for x in xs), axis=axis)


def _pad(x: Any, widths: Any, value: Any = 0) -> Any:
    ends = integers(*(low for low, _ in widths), *(high for _, high in widths))
    return node("Pad", x, ends, operand(value, x.dtype))


def _flip(x: Any, axis: Any) -> Any:
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    start, end, step = (np.full(len(axes), n, np.int64) for n in (-1, -_END, -1))
    return node("Slice", x, start, end, integers(*(i % x.ndim for i in axes)), step)


def _getitem(x: Any, key: Any) -> Any:
    """Slices, new axes and ints."""
    cuts, dropped, new, axis, place = [], [], [], 0, 0
    for part in indexing.spelled_out([*key], x.ndim):
        if part is None:
            new.append(place)
        elif not isinstance(part, slice):
            at = part if isinstance(part, int) else int(np.asarray(part))
            cuts.append((axis, at, at + 1 if at != -1 else _END, 1))
            dropped.append(axis)
        elif part != slice(None):
            cuts.append((axis, *_ends(part)))
        place += part is None or isinstance(part, slice)
        axis += part is not None
    if cuts:
        axes, starts, stops, steps = (integers(*column) for column in zip(*cuts, strict=True))
        x = node("Slice", x, starts, stops, axes, steps)
    x = node("Squeeze", x, integers(*dropped)) if dropped else x
    return node("Unsqueeze", x, integers(*new)) if new else node("Identity", x)


def _ends(part: slice) -> tuple[Any, Any, int]:
    step = 1 if part.step is None else part.step
    first, last = (0, _END) if step > 0 else (_END, -_END)
    start = first if part.start is None else part.start
    return start, last if part.stop is None else part.stop, step


_plainly = in_graph("getitem", _getitem, moves=True)


def _of_key(x: Any, parts: list) -> Any:
    return _plainly(x, tuple(parts)) if isinstance(x, Value) else x[tuple(parts)]


def _take(x: Any, indices: Any, axis: int) -> Any:
    if indices.dtype.name not in ("int32", "int64"):
        indices = as_dtype(indices, np.int64)
    return node("Gather", x, indices, axis=axis)


def _take_along_axis(x: Any, indices: Any, axis: int) -> Any:
    axis %= x.ndim
    pairs = [*zip(x.shape, indices.shape, strict=True)]
    if any(a != b for i, (a, b) in enumerate(pairs) if i != axis):
        common = [max(a, b) if 0 not in (a, b) else 0 for a, b in pairs]
        shapes = ((*common[:axis], y.shape[axis], *common[axis + 1 :]) for y in (x, indices))
        x, indices = (
            engine().broadcast_to(y, s) for y, s in zip((x, indices), shapes, strict=True)
        )
    size, indices = operand(x.shape[axis], np.int64), as_dtype(indices, np.int64)
    is_from_end = node("Less", indices, np.int64(0))
    indices = node("Where", is_from_end, node("Add", indices, size), indices)
    return node("GatherElements", x, indices, axis=axis)


def _scattered(reduction: str) -> Any:
    def emit(x: Any, indices: Any, updates: Any) -> Any:
        return node("ScatterND", x, as_dtype(indices, np.int64), updates, reduction=reduction)

    return emit


def _segment(x: Any, ids: Any, count: int, how: str) -> Any:
    ids, last = as_dtype(ids, np.int64), operand(count, np.int64)
    outside = node("Or", node("Less", ids, np.int64(0)), node("GreaterOrEqual", ids, last))
    rows = node("Unsqueeze", node("Where", outside, last, ids), integers(-1))
    lowest, shape = operand(neutral(how, x.dtype.name), x.dtype), (count + 1, *x.shape[1:])
    reduction = {"sum": "add", "prod": "mul"}.get(how, how)
    every = node(
        "ScatterND", node("Expand", lowest, integers(*shape)), rows, x, reduction=reduction
    )
    return node(
        "Slice", every, integers(0), integers(count), integers(0)
    )  # the last: what is left out


# Windows: ONNX has channels before space.


def _first(x: Any) -> Any:
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
    return _last(node("Conv", _first(x), weights, kernel_shape=[*kernel.shape[:-2]], **how), x.ndim)


def _conv_transpose(x: Any, kernel: Any, strides: Any, crop: Any, dilation: Any) -> Any:
    n = x.ndim - 2
    weights = node("Transpose", kernel, perm=[n + 1, n, *range(n)])
    pads = _pads([(max(low, 0), max(high, 0)) for low, high in crop])
    how = {"strides": [*strides], "pads": pads, "dilations": [*dilation]}
    y = node("ConvTranspose", _first(x), weights, kernel_shape=[*kernel.shape[:-2]], **how)
    grown = [(max(-low, 0), max(-high, 0)) for low, high in crop]
    ends = np.array(_pads([(0, 0), *grown, (0, 0)]))
    return (
        node("Pad", _last(y, x.ndim), ends, operand(0, x.dtype)) if ends.any() else _last(y, x.ndim)
    )


def _pool(x: Any, size: Any, strides: Any, padding: Any, kind: str = "MaxPool", **how: Any) -> Any:
    how |= {"kernel_shape": [*size], "strides": [*strides], "pads": _pads(padding)}
    return _last(node(kind, _first(x), **how), x.ndim)


def _sum_pool(x: Any, size: Any, strides: Any, padding: Any) -> Any:
    mean = _pool(x, size, strides, padding, "AveragePool", count_include_pad=1)
    return node("Mul", mean, np.asarray(np.prod(size), x.dtype))


def _in_single(primitive: str, emit: Any, cell_by_cell: Any) -> Any:
    """Make a primitive of windows; for integers and float64 ONNX Runtime has no kernel."""
    in_single = in_graph(primitive, emit)

    def call(x: Any, *args: Any) -> Any:
        narrow = x.dtype.name in ("float32", "float16", "bfloat16")
        return (in_single if narrow else cell_by_cell)(x, *args)

    return call


_einsum = in_graph("einsum", lambda how, *xs: node("Einsum", *xs, equation=how))

COMPUTED = {
    "broadcast_to": lambda x, shape: node("Expand", x, integers(*shape)),
    "matmul": lambda x, y: node("MatMul", x, y),
    "pad": _pad,
    "segment": _segment,
    "conv_transpose": _conv_transpose,
    "scatter_add": _scattered("add"),
    "scatter_set": _scattered("none"),
}
MOVED = {
    "full": lambda shape, value, dtype: node(
        "Expand", operand(value, native(dtype)), integers(*shape)
    ),
    "cast": lambda x, dtype: x if x.dtype == native(dtype) else as_dtype(x, native(dtype)),
    "copy": lambda x: node("Identity", x),
    "transpose": _transpose,
    "concatenate": lambda xs, axis: node("Concat", *xs, axis=axis % xs[0].ndim),
    "reshape": _reshape,
    "stack": _stack,
    "flip": _flip,
    "take": _take,
    "take_along_axis": _take_along_axis,
}
WHOLE = {
    "getitem": lambda x, key: indexing.getitem(x, key, _of_key),
    "einsum": functools.partial(products.einsum, _einsum),
    "conv": _in_single("conv", _conv, windows.conv),
    "max_pool": _in_single("max_pool", _pool, windows.max_pool),
    "sum_pool": _in_single("sum_pool", _sum_pool, windows.sum_pool),
}
