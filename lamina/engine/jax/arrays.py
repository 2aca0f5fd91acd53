"""Arrays on JAX: `jax.numpy` nearly as it is."""

from __future__ import annotations

from functools import partial

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax import lax

name = "jax"
array_types = (jax.Array, jax.core.Tracer)
differentiable = True

_WEAK = {bool: "bool", int: "int32", float: "float32", complex: "complex64"}
_NARROW = {"float64": "float32", "int64": "int32", "complex128": "complex64"}


def _canonical(dtype):
    # JAX has no 64-bit types unless `jax_enable_x64` is set: its own documented rule, kept here.
    return jax.dtypes.canonicalize_dtype(dtype)


def asarray(x, dtype=None):
    if dtype is None:
        dtype = _WEAK.get(type(x))
        if dtype is None and isinstance(x, (list, tuple)):
            return _from_list(x)
    if isinstance(x, np.ndarray):
        if not x.dtype.isnative:
            x = x.astype(x.dtype.newbyteorder("="))
        dtype = x.dtype if dtype is None else dtype
    return jnp.asarray(x, dtype=None if dtype is None else _canonical(dtype))


def _from_list(x):
    if [leaf for leaf in jax.tree.leaves(x) if isinstance(leaf, array_types)]:
        return jnp.asarray(x)
    x = np.asarray(x)
    return jnp.asarray(x, dtype=_NARROW.get(x.dtype.name, x.dtype))


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


def _reduction(reduce, keeps_dtype=False):
    def call(x, axis=None, keepdims=False):
        dtype = {"dtype": x.dtype} if keeps_dtype else {}
        return reduce(x, axis=axis, keepdims=keepdims, **dtype)

    return call


sum, prod = _reduction(jnp.sum, keeps_dtype=True), _reduction(jnp.prod, keeps_dtype=True)
mean, max, min, any = (
    _reduction(jnp.mean),
    _reduction(jnp.max),
    _reduction(jnp.min),
    _reduction(jnp.any),
)


def argmax(x, axis, keepdims=False):
    return jnp.argmax(x, axis=axis, keepdims=keepdims).astype("int32")


def argsort(x, axis):
    return jnp.argsort(x, axis=axis).astype("int32")


def cumsum(x, axis):
    return jnp.cumsum(x, axis=axis, dtype=x.dtype)


# Structure

reshape, transpose, broadcast_to = jnp.reshape, jnp.transpose, jnp.broadcast_to
concatenate, stack, flip = jnp.concatenate, jnp.stack, jnp.flip


def pad(x, widths, value=0):
    return jnp.pad(x, widths, constant_values=value)


def getitem(x, key):
    return x[key]


# "clip" compiles to a plain gather; the default would fill what is out of range with NaN.
take = partial(jnp.take, mode="clip")
take_along_axis = jnp.take_along_axis


def scatter_add(x, indices, updates):
    return x.at[tuple(indices[..., i] for i in range(indices.shape[-1]))].add(updates)
