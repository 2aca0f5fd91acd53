"""Sliding windows on the primitives, cell by cell: for engines and dtypes whose library has none.

A window of size 3 x 3 has nine cells; each meets one strided slice of the input over all places of the window.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lamina.engine.current import engine

Padding = Sequence[tuple[int, int]]
_ALL = slice(None)


def pad_space(x: Any, padding: Padding, value: float) -> Any:
    """Pad the spatial axes of `x (batch, *space, channels)`; negative widths cut."""
    e = engine()
    if any(low < 0 or high < 0 for low, high in padding):
        cut = [slice(max(-low, 0), min(high, 0) or None) for low, high in padding]
        x = e.getitem(x, (_ALL, *cut))
    widths = [(max(low, 0), max(high, 0)) for low, high in padding]
    if not any(low or high for low, high in widths):
        return x
    return e.pad(x, [(0, 0), *widths, (0, 0)], value)


def cells(x: Any, size: Any, strides: Any, dilation: Any) -> Iterator[tuple[tuple, Any]]:
    """Yield each cell of the window, and what it meets at all places: `(batch, *places, channels)`."""
    e = engine()
    spans = []
    for n, width, stride, step in zip(e.shape(x)[1:-1], size, strides, dilation, strict=True):
        places = max((n - (width - 1) * step - 1) // stride + 1, 0)
        reach = max((places - 1) * stride + 1, 0)
        spans.append([slice(i * step, i * step + reach, stride) for i in range(width)])
    for cell in itertools.product(*map(range, size)):
        key = [span[i] for span, i in zip(spans, cell, strict=True)]
        yield cell, e.getitem(x, (_ALL, *key))


def conv(x: Any, kernel: Any, strides: Any, padding: Padding, dilation: Any, groups: int) -> Any:
    """The contract's `conv`: a row per place, and one matrix product; with groups one for each cell."""
    e = engine()
    *size, depth, filters = e.shape(kernel)
    parts = dict(cells(pad_space(x, padding, 0), size, strides, dilation))
    places = e.shape(next(iter(parts.values())))[:-1]
    if groups == 1:
        columns = math.prod(size) * depth
        rows = e.reshape(e.concatenate([*parts.values()], -1), (math.prod(places), columns))
        return e.reshape(e.matmul(rows, e.reshape(kernel, (columns, filters))), (*places, filters))
    kernel = e.reshape(kernel, (*size, depth, groups, filters // groups))
    rows = (math.prod(places), groups, depth)
    products = (
        e.einsum("ngd,dgf->ngf", e.reshape(part, rows), e.getitem(kernel, cell))
        for cell, part in parts.items()
    )
    return e.reshape(functools.reduce(e.add, products), (*places, filters))


def max_pool(
    x: Any, size: Any, strides: Any, padding: Padding, larger: Callable | None = None
) -> Any:
    """The contract's `max_pool`; `larger(best, cell)` is the maximum, the first of equals if it has a slope."""
    dtype = engine().dtype(x)
    lowest = np.iinfo(dtype).min if "int" in dtype else float("-inf")
    return _pool(larger or engine().maximum, x, size, strides, padding, lowest)


def sum_pool(x: Any, size: Any, strides: Any, padding: Padding) -> Any:
    """The contract's `sum_pool`."""
    return _pool(engine().add, x, size, strides, padding, 0)


def _pool(combine: Callable, x: Any, size: Any, strides: Any, padding: Any, value: float) -> Any:
    parts = cells(pad_space(x, padding, value), size, strides, (1,) * len(size))
    return functools.reduce(combine, (part for _, part in parts))


def integers_by(
    pool: Callable, lacks: Callable[[Any, Any], bool] = lambda x, size: False
) -> Callable[[Callable], Callable]:
    """Decorate a library's pooling of floats: `pool`, one of the above, takes integers and what it `lacks`."""

    def wrap(floats: Callable) -> Callable:
        def call(x: Any, size: Any, strides: Any, padding: Any) -> Any:
            compute = pool if "int" in engine().dtype(x) or lacks(x, size) else floats
            return compute(x, size, strides, padding)

        return call

    return wrap


def sequences_as_images(fn: Callable) -> Callable:
    """Decorate a primitive of windows over images and volumes: a sequence is taken as an image of one row."""

    def call(x: Any, window: Any, strides: Any, padding: Any, *rest: Any) -> Any:
        if len(strides) > 1:
            return fn(x, window, strides, padding, *rest)
        e = engine()
        is_size = isinstance(window, (tuple, list))
        window = (1, *window) if is_size else e.reshape(window, (1, *e.shape(window)))
        rest = tuple(part if isinstance(part, int) else (1, *part) for part in rest)
        batch, *others = e.sizes(x)
        image = e.reshape(x, (batch, 1, *others))
        result = fn(image, window, (strides[0],) * 2, [(0, 0), *padding], *rest)
        return e.reshape(result, (batch, *e.sizes(result)[2:]))

    return call
