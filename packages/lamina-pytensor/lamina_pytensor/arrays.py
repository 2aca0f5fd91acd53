"""Primitives on PyTensor's variables; those whose meaning is PyTensor's own are `NATIVE`.

The names of the contract shadow builtins here (`sum`, `max`, `any`): nothing in this file uses those.
"""

import warnings

import numpy as np
import pytensor.tensor as pt

from lamina_pytensor.symbols import known

# Primitives of the same meaning: `name=theirs`.
NATIVE = (
    "negative=neg abs sign exp expm1 log log1p sqrt square=sqr sin cos tan tanh sigmoid erf erfc erfinv floor ceil "
    "isnan isfinite logical_not=invert arcsin arccos arctan sinh cosh arcsinh arccosh arctanh "
    "bitwise_not=invert matmul copy=identity reshape concatenate stack take take_along_axis gammainc broadcast_to "
)


def _fitted(fn):
    """`fn(x, y)`; a Python number takes the other's dtype, which the result has, too."""

    def call(x, y):
        x, y = _pair(x, y)
        result = fn(x, y)
        return result if result.dtype in (x.dtype, "bool") else pt.cast(result, x.dtype)

    return call


def _pair(x, y):
    if not hasattr(x, "type"):
        x = pt.constant(np.asarray(x, y.type.dtype))
    if not hasattr(y, "type"):
        y = pt.constant(np.asarray(y, x.type.dtype))
    return x, y


BINARY = {
    name: _fitted(fn)
    for name, fn in {
        **{"add": pt.add, "subtract": pt.sub, "multiply": pt.mul, "divide": pt.true_div},
        **{"floor_divide": pt.int_div, "remainder": pt.mod, "power": pt.power},
        **{"equal": pt.eq, "not_equal": pt.neq, "less": pt.lt, "less_equal": pt.le},
        **{"greater": pt.gt, "greater_equal": pt.ge, "arctan2": pt.arctan2},
        **{"logical_and": pt.and_, "logical_or": pt.or_, "bitwise_and": pt.and_},
        **{"bitwise_or": pt.or_, "bitwise_xor": pt.xor},
    }.items()
}


def cast(x, dtype):
    return pt.cast(x, known(dtype))


def rsqrt(x):
    return pt.true_div(np.ones((), x.dtype), pt.sqrt(x))


def round(x):
    return pt.round(x, mode="half_to_even")


def relu(x):
    return pt.switch(pt.le(x, 0), np.zeros((), x.dtype), x)  # keeps NaN


def _larger(fn):
    def call(x, y):
        x, y = _pair(x, y)
        half = np.asarray(0.5, x.dtype)
        result = fn(x, y)
        # Where both are equal, each has half of the slope.
        if "float" in x.dtype:
            return pt.switch(pt.eq(x, y), x * half + y * half, result)
        return result

    return call


maximum, minimum = _larger(pt.maximum), _larger(pt.minimum)


def where(condition, x, y):
    return pt.switch(condition, *_pair(x, y))


# Reduction


def _reducing(fn):
    def call(x, axis=None, keepdims=False):
        return fn(x, axis=axis, keepdims=keepdims)

    return call


def _accumulating(fn):
    return _reducing(lambda x, **how: fn(x, dtype=x.dtype, acc_dtype=x.dtype, **how))


sum, prod = _accumulating(pt.sum), _accumulating(pt.prod)
mean = _reducing(lambda x, **how: pt.cast(pt.mean(x, **how), x.dtype))
any = _reducing(pt.any)


def _extreme(fn):
    """The largest or smallest, of which equal ones share the slope."""

    def call(x, axis=None, keepdims=False):
        from pytensor.gradient import disconnected_grad

        values = fn(x, axis=axis, keepdims=True)
        if "float" not in x.dtype:
            return values if keepdims else fn(x, axis=axis)
        values = disconnected_grad(values)
        chosen = pt.cast(pt.eq(x, values), x.dtype)
        share = chosen / pt.sum(chosen, axis=axis, keepdims=True, dtype=x.dtype)
        # The values themselves, with the slope of `share * x`.
        slope = share * (x - disconnected_grad(x))
        slope = pt.switch(pt.eq(chosen, 0), np.zeros((), x.dtype), slope)
        result = values + pt.sum(slope, axis=axis, keepdims=True, dtype=x.dtype)
        return result if keepdims else pt.squeeze(result, axis=_axes(x, axis))

    return call


def _axes(x, axis):
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(i % x.ndim for i in axes)


max, min = _extreme(pt.max), _extreme(pt.min)


def argmax(x, axis, keepdims=False):
    return pt.cast(pt.argmax(x, axis=axis, keepdims=keepdims), "int32")


def argsort(x, axis):
    return pt.cast(pt.argsort(x, axis=axis, kind="stable"), "int32")


def _cumulating(fn):
    def call(x, axis):
        wide = (
            x if "float" in x.dtype else pt.cast(x, "int64")
        )  # as PyTensor makes of integers itself
        return pt.cast(fn(wide, axis=axis), x.dtype)

    return call


cumsum, cumprod = _cumulating(pt.cumsum), _cumulating(pt.cumprod)


def searchsorted(ordered, x, right):
    return pt.cast(pt.searchsorted(ordered, x, side="right" if right else "left"), "int32")


# Structure


def transpose(x, axes):
    return pt.transpose(x, [axis % x.ndim for axis in axes])


def flip(x, axis):
    back = _axes(x, axis)
    return x[tuple(slice(None, None, -1) if i in back else slice(None) for i in range(x.ndim))]


def pad(x, widths, value=0):
    sizes = [n + low + high for n, (low, high) in zip(x.type.shape, widths, strict=True)]
    inside = [slice(low, low + n) for n, (low, _) in zip(x.type.shape, widths, strict=True)]
    return pt.set_subtensor(pt.full(sizes, np.asarray(value, x.dtype))[tuple(inside)], x)


def _places(x, indices):
    return x[tuple(indices[..., i] for i in range(indices.type.shape[-1]))]


def scatter_add(x, indices, updates):
    return pt.inc_subtensor(_places(x, indices), updates)


def scatter_set(x, indices, updates):
    return pt.set_subtensor(_places(x, indices), updates)


# Contraction


def einsum(subscripts, *xs):
    with warnings.catch_warnings():
        # A size of 1 beside another is broadcast, as it is meant; the warning says that it may be slow.
        warnings.filterwarnings("ignore", message="The same einsum subscript")
        return pt.einsum(subscripts, *xs)
