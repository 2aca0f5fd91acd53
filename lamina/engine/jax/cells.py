"""Windows in slices: what each cell of a window meets at all its places."""

import itertools

import numpy as np
from jax import lax


def padded(x, padding, outside=0.0):
    """Pad the space of `x (batch, *space, channels)`; negative widths cut."""
    outside = np.asarray(outside, x.dtype)[()]
    return lax.pad(x, outside, [(0, 0, 0), *((*pair, 0) for pair in padding), (0, 0, 0)])


def cells(x, size, strides, padding, outside=0.0, dilation=None):
    """Return a slice `(batch, *places, channels)` for each cell of the window, in the order of its cells."""
    x = padded(x, padding, outside)
    spans = []
    for n, width, stride, step in zip(
        x.shape[1:-1], size, strides, dilation or (1,) * len(size), strict=True
    ):
        places = max((n - (width - 1) * step - 1) // stride + 1, 0)
        reach = max((places - 1) * stride + 1, 0)
        spans.append([slice(i * step, i * step + reach, stride) for i in range(width)])
    return [x[(slice(None), *span)] for span in itertools.product(*spans)]
