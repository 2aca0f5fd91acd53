"""Arrays on JAX: `jax.numpy` nearly as it is."""

from __future__ import annotations

from functools import partial

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax import lax

from lamina.engine.names import NARROW, WEAK

name = "jax"
array_types = (jax.Array, jax.core.Tracer)
differentiable = True


_WIDE_INTEGERS = frozenset((np.dtype("int64"), np.dtype("uint64")))


def _canonical(dtype):
    # JAX has no 64-bit types unless `jax_enable_x64` is set: its own documented rule, kept here.
    return jax.dtypes.canonicalize_dtype(dtype)


def asarray(x, dtype=None):
    if dtype is None:
        dtype = WEAK.get(type(x))
        if dtype is None and isinstance(x, (list, tuple)):
            return _from_list(x)
    if isinstance(x, (np.ndarray, np.generic)):
        if not x.dtype.isnative:
            x = x.astype(x.dtype.newbyteorder("="))
        _check_range(x, dtype)
        dtype = x.dtype if dtype is None else dtype
    return jnp.asarray(x, dtype=None if dtype is None else _canonical(dtype))


def _check_range(x, dtype):
    """JAX itself would let integers that need 64 bits wrap around, without a word."""
    if x.dtype not in _WIDE_INTEGERS or not x.size:
        return
    kept = _canonical(x.dtype if dtype is None else dtype)
    if kept.kind not in "iu" or kept.itemsize != 4:
        return
    limits = np.iinfo(kept)
    low, high = x.min(), x.max()
    if low < limits.min or high > limits.max:
        raise OverflowError(
            f"An {x.dtype} array of shape {x.shape} with numbers from {low} to {high} does not fit into 32 bits, "
            "and JAX has no 64-bit types unless enabled. Enable them before anything else with "
            "jax.config.update('jax_enable_x64', True), use another engine, or map the numbers to smaller ones."
        )


def _from_list(x):
    if [leaf for leaf in jax.tree.leaves(x) if isinstance(leaf, array_types)]:
        return jnp.asarray(x)
    x = np.asarray(x)
    _check_range(x, None)
    return jnp.asarray(x, dtype=NARROW.get(x.dtype.name, x.dtype))


def to_numpy(x):
    return np.asarray(x)


def cast(x, dtype):
    return lax.convert_element_type(x, _canonical(dtype))


_NAMES = {}


def dtype(x):
    native = x.dtype
    found = _NAMES.get(native)
    if found is None:
        found = _NAMES[native] = str(native)
    return found


def shape(x):
    return x.shape


def place(x):
    return jax.device_put(asarray(x))


def synchronize(x):
    jax.block_until_ready(x)


# Creation


def full(shape, value, dtype):
    return jnp.full(shape, value, _canonical(dtype))


def arange(start, stop, step, dtype):
    return jnp.arange(start, stop, step, dtype=_canonical(dtype))


def eye(rows, columns, k, dtype):
    return jnp.eye(rows, columns, k=k, dtype=_canonical(dtype))


# Elementwise

negative, sign, exp, expm1, log, log1p = (
    jnp.negative,
    jnp.sign,
    jnp.exp,
    jnp.expm1,
    jnp.log,
    jnp.log1p,
)
sqrt, rsqrt, square, sin, cos, tanh = jnp.sqrt, lax.rsqrt, jnp.square, jnp.sin, jnp.cos, jnp.tanh
sigmoid, erf, floor, ceil, round = lax.logistic, lax.erf, jnp.floor, jnp.ceil, jnp.round
isfinite, isnan, logical_not, relu = jnp.isfinite, jnp.isnan, jnp.logical_not, jax.nn.relu


def abs(x):
    # JAX's own slope at 0 is 1; here it is 0 on every engine, so that L1 and MAE agree.
    return jnp.abs(jnp.where(x == 0, lax.stop_gradient(x), x))


# Binary

add, subtract, multiply, divide = jnp.add, jnp.subtract, jnp.multiply, jnp.divide
floor_divide, remainder, power = jnp.floor_divide, jnp.remainder, jnp.power
maximum, minimum = jnp.maximum, jnp.minimum
equal, not_equal, less, less_equal = jnp.equal, jnp.not_equal, jnp.less, jnp.less_equal
greater, greater_equal = jnp.greater, jnp.greater_equal
logical_and, logical_or, where = jnp.logical_and, jnp.logical_or, jnp.where

# Reduction


_HALVES = (jnp.dtype("float16"), jnp.dtype("bfloat16"))


def in_single(reduce):
    """`reduce` in the array's dtype; half precision by way of single, as XLA alone does not always."""

    def call(x, **how):
        if x.dtype in _HALVES:
            return reduce(x.astype("float32"), **how).astype(x.dtype)
        return reduce(x, **how)

    return call


def _reduction(reduce):
    def call(x, axis=None, keepdims=False):
        return reduce(x, axis=axis, keepdims=keepdims)

    return call


def _accumulating(reduce):
    in_one_dtype = in_single(lambda x, **how: reduce(x, dtype=x.dtype, **how))

    def call(x, axis=None, keepdims=False):
        return in_one_dtype(x, axis=axis, keepdims=keepdims)

    return call


sum, prod, mean = _accumulating(jnp.sum), _accumulating(jnp.prod), _accumulating(jnp.mean)
max, min, any = _reduction(jnp.max), _reduction(jnp.min), _reduction(jnp.any)


def argmax(x, axis, keepdims=False):
    return jnp.argmax(x, axis=axis, keepdims=keepdims).astype("int32")


def argsort(x, axis):
    return jnp.argsort(x, axis=axis).astype("int32")


_cumsum = in_single(lambda x, axis: jnp.cumsum(x, axis=axis, dtype=x.dtype))


def cumsum(x, axis):
    return _cumsum(x, axis=axis)


# Structure

reshape, transpose, broadcast_to = jnp.reshape, jnp.transpose, jnp.broadcast_to
concatenate, stack, flip, copy = jnp.concatenate, jnp.stack, jnp.flip, jnp.copy


def view(x, dtype):
    return x.view(_canonical(dtype))


def pad(x, widths, value=0):
    return jnp.pad(x, widths, constant_values=value)


def getitem(x, key):
    return x[key]


# "clip" compiles to a plain gather; the default would fill what is out of range with NaN.
take = partial(jnp.take, mode="clip")
take_along_axis = jnp.take_along_axis


def scatter_add(x, indices, updates):
    return x.at[tuple(indices[..., i] for i in range(indices.shape[-1]))].add(updates)
