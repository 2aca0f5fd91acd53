"""Arrays on JAX: `jax.numpy` nearly as it is."""

from functools import partial

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax import lax

from lamina.engine.names import NARROW, WEAK
from lamina.engine.widening import by_way_of

name = "jax"
array_types = (jax.Array, jax.core.Tracer)
capabilities = "differentiates compiles repeats places draws interoperates profiles"


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
    name = _NAMES.get(native)
    if name is None:
        name = _NAMES[native] = str(native)
    return name


def shape(x):
    return x.shape


synchronize = jax.block_until_ready


# Creation


def full(shape, value, dtype):
    dtype = _canonical(dtype)
    if shape != () or type(value) is not int:
        return jnp.full(shape, value, dtype)
    key = value, dtype, jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
    if key not in _numbers:
        number = jnp.full(shape, value, dtype)
        if isinstance(number, jax.core.Tracer) or len(_numbers) > 1000:
            return number
        _numbers[key] = number
    return _numbers[key]


_numbers = {}  # arrays of one whole number, which steps and metrics ask for again and again


def arange(start, stop, step, dtype):
    return jnp.arange(start, stop, step, dtype=_canonical(dtype))


# Elementwise

# Functions with a derivative of their own cost 240 us at each call outside of a trace; as programs 4 us.
relu = jax.jit(jax.nn.relu, inline=True)


def abs(x):
    # JAX's own slope at 0 is 1; here it is 0 on every engine, so that L1 and MAE agree.
    return jnp.abs(jnp.where(x == 0, lax.stop_gradient(x), x))


# Reduction


in_single = by_way_of("float32", (jnp.dtype("float16"), jnp.dtype("bfloat16")), jnp.astype)


def _accumulating(reduce):
    """`reduce` in the array's dtype; half precision by way of single, as XLA alone does not always."""
    return in_single(lambda x, *args, **options: reduce(x, *args, dtype=x.dtype, **options))


sum, prod, mean = _accumulating(jnp.sum), _accumulating(jnp.prod), _accumulating(jnp.mean)
cumsum, cumprod = _accumulating(jnp.cumsum), _accumulating(jnp.cumprod)


def argmax(x, axis, keepdims=False):
    return jnp.argmax(x, axis=axis, keepdims=keepdims).astype("int32")


def argsort(x, axis):
    return jnp.argsort(x, axis=axis).astype("int32")


def searchsorted(ordered, x, right):
    return jnp.searchsorted(ordered, x, side="right" if right else "left").astype("int32")


def argwhere(x):
    return jnp.argwhere(x).astype("int32")


# Structure


def view(x, dtype):
    return x.view(_canonical(dtype))


def pad(x, widths, value=0):
    return jnp.pad(x, widths, constant_values=value)


def getitem(x, key):
    return x[key]


# "clip" compiles to a plain gather; the default would fill what is out of range with NaN.
take = partial(jnp.take, mode="clip")


def scatter_add(x, indices, updates):
    return x.at[tuple(indices[..., i] for i in range(indices.shape[-1]))].add(updates)


def _update_block(x, starts, updates):
    return lax.dynamic_update_slice(x, updates, starts)


# As a whole, its gradient is one concatenation; that of slices pads each of them, and adds them up.
overrides = {"update_block": _update_block, "cut": lax.split}
