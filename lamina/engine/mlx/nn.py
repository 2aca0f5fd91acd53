"""Contractions and windows on MLX."""

import mlx.core as mx

from lamina.engine import windows
from lamina.engine.mlx.convert import INTEGERS, in_single


def _integers_in_double(fn):
    """`fn`, which MLX has for floats only, for integers too: on the processor, which has float64."""

    def call(*xs):
        dtype = xs[0].dtype
        if dtype not in INTEGERS:
            return fn(*xs)
        with mx.stream(mx.cpu):
            return fn(*(x.astype(mx.float64) for x in xs)).astype(dtype)

    return call


matmul = _integers_in_double(mx.matmul)


def einsum(subscripts, *xs):
    return _integers_in_double(lambda *xs: mx.einsum(subscripts, *xs))(*xs)


def conv(x, kernel, strides, padding, dilation, groups):
    if x.dtype in INTEGERS or (groups > 1 and len(strides) == 3):  # MLX has none
        return in_single(windows.conv)(x, kernel, strides, padding, dilation, groups)
    x = windows.pad_space(x, [(min(low, 0), min(high, 0)) for low, high in padding], 0)
    ends = tuple([max(pair[i], 0) for pair in padding] for i in (0, 1))
    return _convolved(
        x, mx.moveaxis(kernel, -1, 0), list(strides), ends, list(dilation), groups=groups
    )


def _convolved(x, kernel, *how, **options):
    result = mx.conv_general(x, kernel, *how, **options)
    if x.size and kernel.size:
        return result
    return mx.zeros(result.shape, result.dtype)  # MLX's own has no slope, or ends the process


def conv_transpose(x, kernel, strides, crop, dilation):
    window = kernel.shape[:-2]
    reach = [(size - 1) * step for size, step in zip(window, dilation, strict=True)]
    kernel, ends = mx.moveaxis(kernel, -2, 0), (reach, list(reach))
    whole = _convolved(x, kernel, 1, ends, list(dilation), list(strides), flip=True)
    return windows.pad_space(whole, [(-low, -high) for low, high in crop], 0)


def max_pool(x, size, strides, padding):
    # Of equals MLX gives the second the slope, which is to be the first cell of the window.
    return windows.max_pool(x, size, strides, padding, lambda best, cell: mx.maximum(cell, best))


sum_pool = in_single(windows.sum_pool)


# Large ones take a third of the time that several functions take.
overrides = {"softmax": lambda x, axis=-1: mx.softmax(x, axis, precise=True)}
