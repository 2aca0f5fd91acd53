"""Primitives on symbols that are compositions of other primitives."""

import math
from typing import Any

import pytensor
import pytensor.tensor as pt

from lamina.engine import indexing, windows
from lamina.engine.current import engine
from lamina.engine.neutral import neutral
from lamina_pytensor.symbols import Symbol, variable

conv = windows.conv


def max_pool(x: Any, size: Any, strides: Any, padding: Any) -> Any:
    e = engine()
    parts = _parts(x, size, strides, padding, neutral("max", e.dtype(x)))
    first = e.argmax(parts, -1, keepdims=True)
    return e.getitem(e.take_along_axis(parts, first, -1), (..., 0))


def sum_pool(x: Any, size: Any, strides: Any, padding: Any) -> Any:
    # PyTensor would make one addition of all cells, which it cannot interpret if there are many.
    e = engine()
    ones = e.full((math.prod(size), 1), 1, e.dtype(x))
    return e.getitem(e.matmul(_parts(x, size, strides, padding, 0), ones), (..., 0))


def _parts(x: Any, size: Any, strides: Any, padding: Any, value: float) -> Any:
    """What the cells of the window meet, along a new last axis."""
    padded = windows.pad_space(x, padding, value)
    cells = windows.cells(padded, size, strides, (1,) * len(size))
    return engine().stack([part for _, part in cells], -1)


def getitem(x: Any, key: Any) -> Any:
    return indexing.getitem(x, key, _plainly)


def _plainly(x: Any, parts: list) -> Any:
    return Symbol(variable(x)[tuple(parts)]) if isinstance(x, Symbol) else x[tuple(parts)]


def conv_transpose(x: Any, kernel: Any, strides: Any, crop: Any, dilation: Any) -> Any:
    """The slope of the convolution that goes the other way, which is linear."""
    e = engine()
    *window, filters, _ = e.shape(kernel)
    batch, *space, _ = e.shape(x)
    sizes = [
        (n - 1) * stride + (size - 1) * step + 1
        for n, size, stride, step in zip(space, window, strides, dilation, strict=True)
    ]
    start = Symbol(pt.zeros((batch, *sizes, filters), x.dtype))
    there = windows.conv(start, kernel, strides, [(0, 0)] * len(sizes), dilation, 1)
    whole = pytensor.grad(e.sum(e.multiply(there, x)).variable, start.variable)
    return windows.pad_space(Symbol(whole), [(-low, -high) for low, high in crop], 0)


def segment(x: Any, ids: Any, count: int, how: str) -> Any:
    """All rows for each of the results, the others' neutral."""
    e = engine()
    rows, *rest = e.shape(x)
    own = e.equal(
        e.reshape(ids, (1, rows)), e.reshape(e.arange(0, count, 1, e.dtype(ids)), (count, 1))
    )
    own = e.broadcast_to(e.reshape(own, (count, rows, *(1 for _ in rest))), (count, rows, *rest))
    each = e.broadcast_to(e.reshape(x, (1, rows, *rest)), (count, rows, *rest))
    return getattr(e, how)(e.where(own, each, neutral(how, e.dtype(x))), axis=1)
