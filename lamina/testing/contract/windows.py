"""Convolution and pooling by their definitions: loops over places, for holding engines against."""

import itertools

import numpy as np


def _padded(x, padding, value):
    """`x (batch, *space, channels)`, padded; negative widths cut."""
    widths = [(max(a, 0), max(b, 0)) for a, b in padding]
    out = np.pad(x, [(0, 0), *widths, (0, 0)], constant_values=value)
    cut = [
        slice(max(-a, 0), n - max(-b, 0))
        for n, (a, b) in zip(out.shape[1:-1], padding, strict=True)
    ]
    return out[(slice(None), *cut)]


def _places(x, window, strides, dilation):
    """Each output place, the counts of places, and the part of `x` that it sees."""
    spans = [(width - 1) * step + 1 for width, step in zip(window, dilation, strict=True)]
    counts = [
        (size - span) // s + 1 for size, span, s in zip(x.shape[1:-1], spans, strides, strict=True)
    ]
    for place in itertools.product(*map(range, counts)):
        starts = [i * s for i, s in zip(place, strides, strict=True)]
        cut = [
            slice(a, a + span, step) for a, span, step in zip(starts, spans, dilation, strict=True)
        ]
        yield place, counts, x[(slice(None), *cut)]


def conv(x, kernel, strides, padding, dilation, groups):
    """Cross-correlation, channels last, each group of filters on its group of channels."""
    *window, depth, filters = kernel.shape
    each = filters // groups
    out = None
    for place, counts, part in _places(_padded(x, padding, 0), window, strides, dilation):
        out = np.zeros((len(x), *counts, filters)) if out is None else out
        for group in range(groups):
            seen = part[..., group * depth : (group + 1) * depth].reshape(len(x), -1)
            columns = kernel[..., group * each : (group + 1) * each].reshape(-1, each)
            out[(slice(None), *place, slice(group * each, (group + 1) * each))] = seen @ columns
    return out


def conv_transpose(x, kernel, strides, crop, dilation):
    """Each cell of `x` spreads its window; the ends are cropped, or grown where `crop` is negative."""
    *window, filters, _ = kernel.shape
    sizes = [
        (n - 1) * s + (w - 1) * d + 1
        for n, s, w, d in zip(x.shape[1:-1], strides, window, dilation, strict=True)
    ]
    out = np.zeros((len(x), *sizes, filters))
    for place in itertools.product(*map(range, x.shape[1:-1])):
        for cell in itertools.product(*map(range, window)):
            at = [i * s + j * d for i, s, j, d in zip(place, strides, cell, dilation, strict=True)]
            out[(slice(None), *at)] += x[(slice(None), *place)] @ kernel[cell].T
    return _padded(out, [(-low, -high) for low, high in crop], 0)


def max_pool(x, size, strides, padding):
    lowest = np.iinfo(x.dtype).min if x.dtype.kind == "i" else -np.inf
    return _pool(x, size, strides, padding, np.max, lowest)


def sum_pool(x, size, strides, padding):
    return _pool(x, size, strides, padding, np.sum, 0)


def _pool(x, size, strides, padding, combine, neutral):
    """`combine` over every window; padding never counts."""
    out, x = None, _padded(x, padding, neutral)
    for place, counts, part in _places(x, size, strides, [1] * len(size)):
        out = np.zeros((len(x), *counts, x.shape[-1]), x.dtype) if out is None else out
        out[(slice(None), *place)] = combine(part, axis=tuple(range(1, part.ndim - 1)))
    return out
