"""Arrays on NumPy: NumPy itself, kept quiet and to the dtype that it was given.

The names of the contract shadow builtins here (`sum`, `max`, `any`): nothing in this file uses
those.
"""

from __future__ import annotations

import numpy as np

from lamina.engine.names import WEAK
from lamina.engine.numpy.convert import EXTENSIONS, HALVES, native, quiet
from lamina.engine.numpy.erf import erf as erf

# Creation


def full(shape, value, dtype):
    return np.full(shape, value, native(dtype))


def arange(start, stop, step, dtype):
    return np.arange(start, stop, step).astype(native(dtype))


def eye(rows, columns, k, dtype):
    return np.eye(rows, columns, k, native(dtype))


# Elementwise

negative, abs, sign = np.negative, np.abs, quiet(np.sign)
exp, expm1, log, log1p = quiet(np.exp), quiet(np.expm1), quiet(np.log), quiet(np.log1p)
sqrt, square = quiet(np.sqrt), quiet(np.square)
sin, cos, tanh = quiet(np.sin), quiet(np.cos), quiet(np.tanh)
floor, ceil, round = np.floor, np.ceil, np.rint
isfinite, isnan, logical_not = np.isfinite, np.isnan, np.logical_not


@quiet
def rsqrt(x):
    return np.reciprocal(np.sqrt(x))


@quiet
def sigmoid(x):
    decay = np.exp(-np.abs(x))  # never overflows, on either side
    return np.where(x < 0, decay, 1) / (1 + decay)


def relu(x):
    return np.maximum(x, 0)


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


add, subtract, multiply, divide = (
    binary(np.add),
    binary(np.subtract),
    binary(np.multiply),
    binary(np.divide),
)
floor_divide, remainder, power = binary(np.floor_divide), binary(np.remainder), binary(np.power)
maximum, minimum = binary(np.maximum), binary(np.minimum)
equal, not_equal, less, less_equal = np.equal, np.not_equal, np.less, np.less_equal
greater, greater_equal = np.greater, np.greater_equal
logical_and, logical_or = np.logical_and, np.logical_or


def where(condition, x, y):
    return binary(lambda x, y: np.where(condition, x, y))(x, y)


# Reduction


def _accumulating(reduce):
    """`reduce` in the array's dtype, half precision by way of single."""

    @quiet
    def call(x, axis=None, keepdims=False):
        if x.dtype in HALVES:
            return reduce(x.astype(np.float32), axis=axis, keepdims=keepdims).astype(x.dtype)
        return reduce(x, axis=axis, keepdims=keepdims, dtype=x.dtype)

    return call


sum, mean, prod = _accumulating(np.sum), _accumulating(np.mean), _accumulating(np.prod)


def max(x, axis=None, keepdims=False):
    return np.max(x, axis=axis, keepdims=keepdims)


def min(x, axis=None, keepdims=False):
    return np.min(x, axis=axis, keepdims=keepdims)


def any(x, axis=None, keepdims=False):
    return np.any(x, axis=axis, keepdims=keepdims)


def argmax(x, axis, keepdims=False):
    return np.argmax(x, axis=axis, keepdims=keepdims).astype(np.int32)


def argsort(x, axis):
    return np.argsort(x, axis=axis, kind="stable").astype(np.int32)


@quiet
def cumsum(x, axis):
    if x.dtype in HALVES:
        return np.cumsum(x.astype(np.float32), axis=axis).astype(x.dtype)
    return np.cumsum(x, axis=axis, dtype=x.dtype)


# Structure

reshape, transpose, broadcast_to = np.reshape, np.transpose, np.broadcast_to
concatenate, stack, flip = np.concatenate, np.stack, np.flip
take, take_along_axis, copy = np.take, np.take_along_axis, np.array


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
