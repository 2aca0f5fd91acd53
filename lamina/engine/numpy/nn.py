"""Contractions and windows on NumPy."""

import itertools

import numpy as np

from lamina.engine import windows
from lamina.engine.numpy.convert import HALVES, in_single, quiet

matmul = in_single(quiet(np.matmul))  # no BLAS has half precision


def einsum(subscripts, *xs):
    return _einsum(*xs, subscripts=subscripts)


@in_single
@quiet
def _einsum(*xs, subscripts):
    return np.einsum(subscripts, *xs, optimize=True)


conv, max_pool, sum_pool = in_single(windows.conv), windows.max_pool, in_single(windows.sum_pool)


def conv_transpose(x, kernel, strides, crop, dilation):
    *window, filters, _ = kernel.shape
    _, *space, _ = x.shape
    # What one cell of the window adds lies `strides` apart, from the cell's own place on.
    reach = [(n - 1) * s + 1 for n, s in zip(space, strides, strict=True)]
    whole = [r + (w - 1) * d for r, w, d in zip(reach, window, dilation, strict=True)]
    dtype = x.dtype
    if dtype in HALVES:
        x, kernel = x.astype(np.float32), kernel.astype(np.float32)
    out = np.zeros((len(x), *whole, filters), x.dtype)
    for cell in itertools.product(*map(range, window)):
        starts = [i * d for i, d in zip(cell, dilation, strict=True)]
        places = tuple(slice(a, a + r, s) for a, r, s in zip(starts, reach, strides, strict=True))
        out[(slice(None), *places)] += matmul(x, kernel[cell].T)
    return windows.pad_space(out, [(-low, -high) for low, high in crop], 0).astype(dtype)


@in_single
@quiet
def _softmax(x, axis=-1):
    scaled = np.exp(x - x.max(axis, keepdims=True, initial=-np.inf))  # there may be none
    return scaled / scaled.sum(axis, keepdims=True)


# Silenced once rather than at each of five steps: on 32 x 32 numbers half of the time.
overrides = {"softmax": _softmax}
