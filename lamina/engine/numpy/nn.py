"""Contractions and windows on NumPy."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lamina.engine.numpy.convert import HALVES, in_single, quiet

matmul = in_single(quiet(np.matmul))  # no BLAS has half precision


def einsum(subscripts, *xs):
    return _einsum(*xs, subscripts=subscripts)


@in_single
@quiet
def _einsum(*xs, subscripts):
    return np.einsum(subscripts, *xs, optimize=True)


def _pad_space(x, padding, value):
    """`x (batch, *space, channels)` with its spatial axes padded, cut where widths are negative."""
    widths = [(max(low, 0), max(high, 0)) for low, high in padding]
    if any(width for pair in widths for width in pair):
        x = np.pad(x, [(0, 0), *widths, (0, 0)], constant_values=value)
    cut = [
        slice(max(-low, 0), size - max(-high, 0))
        for (low, high), size in zip(padding, x.shape[1:-1], strict=True)
    ]
    return x[(slice(None), *cut)]


def _windows(x, size, strides, dilation):
    """Every window of `x (batch, *space, channels)`: `(batch, *places, channels, *window)`."""
    span = tuple((width - 1) * step + 1 for width, step in zip(size, dilation, strict=True))
    windows = sliding_window_view(x, span, axis=tuple(range(1, len(size) + 1)))
    every = [slice(None, None, step) for step in (1, *strides, 1, *dilation)]
    return windows[tuple(every)]


def conv(x, kernel, strides, padding, dilation, groups):
    ndim = len(strides)
    *size, depth, filters = kernel.shape
    windows = _windows(_pad_space(x, padding, 0), size, strides, dilation)
    places = windows.shape[: ndim + 1]
    # Groups first, then a row per place and a column per element of the window: a matrix product.
    windows = windows.reshape(*places, groups, depth, *size)
    rows = np.moveaxis(windows, ndim + 1, 0).reshape(
        groups, math.prod(places), depth * math.prod(size)
    )
    columns = np.moveaxis(kernel, -2, 0).reshape(depth, *size, groups, filters // groups)
    columns = np.moveaxis(columns, -2, 0).reshape(groups, rows.shape[-1], -1)
    return np.moveaxis(matmul(rows, columns), 0, 1).reshape(*places, filters)


def conv_transpose(x, kernel, strides, crop, dilation):
    *window, filters, _ = kernel.shape
    _, *space, _ = x.shape
    # What one cell of the window adds lies `strides` apart, from the cell's own place on.
    reach = [(n - 1) * s + 1 for n, s in zip(space, strides, strict=True)]
    whole = [r + (w - 1) * d for r, w, d in zip(reach, window, dilation, strict=True)]
    given = x.dtype
    if given in HALVES:
        x, kernel = x.astype(np.float32), kernel.astype(np.float32)
    out = np.zeros((len(x), *whole, filters), x.dtype)
    for cell in itertools.product(*map(range, window)):
        starts = [i * d for i, d in zip(cell, dilation, strict=True)]
        places = tuple(slice(a, a + r, s) for a, r, s in zip(starts, reach, strides, strict=True))
        out[(slice(None), *places)] += matmul(x, kernel[cell].T)
    return _pad_space(out, [(-low, -high) for low, high in crop], 0).astype(given)


def max_pool(x, size, strides, padding):
    lowest = np.iinfo(x.dtype).min if np.issubdtype(x.dtype, np.integer) else -np.inf
    windows = _windows(_pad_space(x, padding, lowest), size, strides, (1,) * len(size))
    return windows.max(axis=tuple(range(-len(size), 0)))


@in_single
@quiet
def sum_pool(x, size, strides, padding):
    windows = _windows(_pad_space(x, padding, 0), size, strides, (1,) * len(size))
    return windows.sum(axis=tuple(range(-len(size), 0)), dtype=x.dtype)


@in_single
@quiet
def _softmax(x, axis=-1):
    scaled = np.exp(x - x.max(axis, keepdims=True))
    return scaled / scaled.sum(axis, keepdims=True)


# Silenced once rather than at each of five steps: on 32 x 32 numbers half of the time.
overrides = {"softmax": _softmax}
