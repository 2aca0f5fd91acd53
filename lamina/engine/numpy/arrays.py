"""Arrays on NumPy: NumPy itself, kept quiet and to the dtype that it was given.

The names of the contract shadow builtins here (`sum`, `max`, `any`): nothing in this file uses
those.
"""

import numpy as np

from lamina.engine.names import WEAK
from lamina.engine.numpy.convert import EXTENSIONS, HALVES, in_single, native, quiet

# Creation


def full(shape, value, dtype):
    return np.full(shape, value, native(dtype))


def arange(start, stop, step, dtype):
    return np.arange(start, stop, step).astype(native(dtype))


# Elementwise


@quiet
def rsqrt(x):
    return np.reciprocal(np.sqrt(x))


@quiet
def sigmoid(x):
    decay = np.exp(-np.abs(x))  # never overflows, on either side
    return np.where(x < 0, decay, 1) / (1 + decay)


def relu(x):
    return np.maximum(x, 0)


def make_complex(real, imag):
    result = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real, 1j))
    result.real, result.imag = real, imag
    return result


# Binary


def binary(fn):
    @quiet
    def call(x, y):
        # NumPy itself fits a Python scalar to the array, but not to a dtype that is not its own.
        if type(y) in WEAK:
            y = x.dtype.type(y) if x.dtype in EXTENSIONS else y
        elif type(x) in WEAK and y.dtype in EXTENSIONS:
            x = y.dtype.type(x)
        return fn(x, y)

    return call


def where(condition, x, y):
    return binary(lambda x, y: np.where(condition, x, y))(x, y)


# Reduction


def _accumulating(reduce):
    """`reduce` in the array's dtype, half precision by way of single."""
    return in_single(quiet(lambda x, *args, **how: reduce(x, *args, dtype=x.dtype, **how)))


sum, mean, prod = _accumulating(np.sum), _accumulating(np.mean), _accumulating(np.prod)
cumsum, cumprod = _accumulating(np.cumsum), _accumulating(np.cumprod)


def argmax(x, axis, keepdims=False):
    return np.argmax(x, axis=axis, keepdims=keepdims).astype(np.int32)


def argsort(x, axis):
    return np.argsort(x, axis=axis, kind="stable").astype(np.int32)


def searchsorted(ordered, x, right):
    if x.dtype in HALVES:  # NumPy sorts bfloat16, but does not search it
        ordered, x = ordered.astype(np.float32), x.astype(np.float32)
    return np.asarray(np.searchsorted(ordered, x, "right" if right else "left"), np.int32)


def argwhere(x):
    return np.argwhere(x).astype(np.int32)


# Structure


def view(x, dtype):
    return np.ascontiguousarray(x).reshape(x.shape).view(native(dtype))


def pad(x, widths, value=0):
    return np.pad(x, widths, constant_values=value)


def getitem(x, key):
    return x[key]


def scatter_add(x, indices, updates):
    result = np.array(x)
    np.add.at(result, tuple(indices[..., i] for i in range(indices.shape[-1])), updates)
    return result
