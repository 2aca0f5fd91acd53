"""Arrays on MLX: mostly `mlx.core` itself, with NumPy's meaning and no promotion.

The names of the contract shadow builtins here (`sum`, `max`, `any`): nothing in this file uses those.
"""

import math

import mlx.core as mx
import numpy as np

from lamina.engine import indexing
from lamina.engine.mlx.convert import INTEGERS, asarray, in_single, native

# Creation


def full(shape, value, dtype):
    if isinstance(value, int) and value >= 2**63:  # MLX takes no such number of Python's
        value = asarray(np.uint64(value))
    return mx.full(shape, value, native(dtype)).astype(native(dtype))


def arange(start, stop, step, dtype):
    return asarray(np.arange(start, stop, step), dtype)


# Elementwise


def sign(x):
    if x.dtype in INTEGERS or x.dtype == mx.complex64:
        return mx.sign(x)
    return mx.where(mx.isnan(x), x, mx.sign(x))  # MLX gives 0 for NaN, which would hide it


def erf(x):
    # Near 0 MLX's own is off by 3e-7, however small its result; the series is not.
    small = x * (2 / math.sqrt(math.pi)) * (1 - x * x * (1 / 3 - x * x / 10))
    return mx.where(mx.abs(x) < 0.05, small, mx.erf(x))


def relu(x):
    return mx.maximum(x, 0)  # of equals MLX gives the second the slope


def make_complex(real, imag):
    return real + 1j * imag


def _sharing(fn):
    """`fn`, a maximum or minimum, whose slope two equal numbers share."""

    def call(x, y):
        like = x if isinstance(x, mx.array) else y
        if like.dtype in INTEGERS:
            return fn(x, y)
        return 0.5 * fn(x, y) + 0.5 * fn(y, x)

    return call


maximum, minimum = _sharing(mx.maximum), _sharing(mx.minimum)


@mx.custom_function
def _choose(condition, x, y):
    return mx.where(condition, x, y)


@_choose.vjp
def _(arguments, upstream, result):
    # MLX's own multiplies by the condition, and an infinite slope by 0 is NaN.
    condition, _, _ = arguments
    return mx.zeros_like(condition), where(condition, upstream, 0), where(condition, 0, upstream)


def where(condition, x, y):
    like = x if isinstance(x, mx.array) else y
    if like.dtype in INTEGERS:
        return mx.where(condition, x, y)
    x, y = (z if isinstance(z, mx.array) else mx.array(z, like.dtype) for z in (x, y))
    return _choose(*mx.broadcast_arrays(condition, x, y))


# Reduction


def _reduction(reduce, of_none):
    """`reduce` in the array's dtype, half precision by way of single; `of_none` is the result of no element.

    MLX itself may go round for ever there. A result that nobody asks for it does not compute.
    """

    def call(x, axis=None, keepdims=False):
        result = reduce(x, axis=axis, keepdims=keepdims)
        return result.astype(x.dtype) if x.size else mx.full(result.shape, of_none, x.dtype)

    return call


sum, prod = (in_single(_reduction(fn, n)) for fn, n in ((mx.sum, 0), (mx.prod, 1)))
mean = in_single(_reduction(mx.mean, math.nan))
max, min, any = (_reduction(fn, 0) for fn in (mx.max, mx.min, mx.any))


def _cumulative(fn):
    return in_single(lambda x, axis: fn(x, axis=axis).astype(x.dtype))


cumsum, cumprod = _cumulative(mx.cumsum), _cumulative(mx.cumprod)


def argmax(x, axis, keepdims=False):
    if not x.size and x.shape[axis]:  # MLX refuses what is empty along another axis, too
        return max(x, axis, keepdims).astype(mx.int32)
    return mx.argmax(x, axis=axis, keepdims=keepdims).astype(mx.int32)


def argsort(x, axis):
    return mx.argsort(x, axis=axis).astype(mx.int32)


def searchsorted(ordered, x, right):
    side = "right" if right else "left"
    return mx.searchsorted(ordered, x, side=side).astype(mx.int32)


# Structure


def view(x, dtype):
    return x.view(native(dtype))


def pad(x, widths, value=0):
    return mx.pad(x, [tuple(pair) for pair in widths], constant_values=value)


def getitem(x, key):
    return indexing.getitem(x, key, lambda x, parts: x[tuple(parts)])


# MLX refuses to differentiate what computes indices, even where that is flat; and gathering or scattering
# slices without elements ends the process.


def take(x, indices, axis):
    if not (x.size and indices.size):
        axis %= x.ndim
        return mx.zeros((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
    return mx.take(x, mx.stop_gradient(indices), axis)


def take_along_axis(x, indices, axis):
    return mx.take_along_axis(x, mx.stop_gradient(indices), axis)


def _places(indices):
    indices = mx.stop_gradient(indices)
    return tuple(indices[..., i] for i in range(indices.shape[-1]))


def scatter_add(x, indices, updates):
    return x.at[_places(indices)].add(updates) if x.size and indices.size else x


def scatter_set(x, indices, updates):
    result = mx.array(x)
    if x.size and indices.size:
        result[_places(indices)] = updates
    return result
