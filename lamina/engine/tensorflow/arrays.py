"""Arrays on TensorFlow: its raw operations, which skip a good half of the way to the kernels.

The names of the contract shadow builtins here (`sum`, `max`, `any`): nothing in this file uses
those.
"""

import tensorflow as tf

from lamina.engine.tensorflow.dtypes import DTYPES, HALVES, UNSIGNED, by_way_of, constant
from lamina.engine.tensorflow.indexing import (
    getitem as getitem,
    scatter_add as scatter_add,
    take as take,
    take_along_axis as take_along_axis,
)

_raw = tf.raw_ops
_Symbolic = tf.__internal__.SymbolicTensor

# Creation


def full(shape, value, dtype):
    native = DTYPES[dtype]
    if native.is_floating and native.size == 1:  # TensorFlow only casts to these
        return tf.cast(full(shape, value, "float32"), native)
    value = tf.cast(value, native) if isinstance(value, tf.Tensor) else constant(value, native)
    return tf.broadcast_to(value, shape) if shape else value


def arange(start, stop, step, dtype):
    # Counted in 64 bits: TensorFlow's own range has no small dtypes, and rounds in half precision.
    wide = tf.int64 if DTYPES[dtype].is_integer else tf.float64
    if (stop - start) * step < 0:  # TensorFlow refuses instead
        stop = start
    span = (constant(value, wide) for value in (start, stop, step))
    return tf.cast(tf.range(*span), DTYPES[dtype])


# Elementwise


def unary(operation):
    def call(x):
        return operation(x=x)

    return call


_in_int64 = by_way_of(tf.int64, UNSIGNED)
negative, sign = _in_int64(unary(_raw.Neg)), _in_int64(unary(_raw.Sign))


def relu(x):
    return _raw.Relu(features=x)


def abs(x):
    if x.dtype in UNSIGNED:
        return x
    return tf.abs(x) if x.dtype.is_complex else _raw.Abs(x=x)


# Binary


def pair(x, y):
    """Both as tensors: a Python scalar takes the other's dtype."""
    if not isinstance(y, tf.Tensor):
        return x, constant(y, x.dtype)
    if not isinstance(x, tf.Tensor):
        return constant(x, y.dtype), y
    return x, y


def binary(operation):
    def call(x, y):
        x, y = pair(x, y)
        if x.dtype == tf.bool and operation in _WITHOUT_BOOLEANS:
            return tf.cast(operation(x=tf.cast(x, tf.int32), y=tf.cast(y, tf.int32)), tf.bool)
        return operation(x=x, y=y)

    return call


_COMPARISONS = (_raw.Less, _raw.LessEqual, _raw.Greater, _raw.GreaterEqual)
_WITHOUT_BOOLEANS = {_raw.AddV2, _raw.Mul, _raw.Maximum, _raw.Minimum, *_COMPARISONS}
_power = _in_int64(binary(_raw.Pow))


_add = binary(_raw.AddV2)


def add(x, y):
    """Add; a vector along the last axis of a traced array, as a bias, by the operation for it.

    Its gradient is summed up three times as fast, and TensorFlow makes it one kernel with what is around it.
    """
    if isinstance(x, _Symbolic) and isinstance(y, _Symbolic) and _is_bias(x, y):
        return _raw.BiasAdd(value=x, bias=y)
    return _add(x, y)


def _is_bias(x, y):
    if y.shape.rank != 1 or (x.shape.rank or 0) < 2 or not x.dtype.is_floating:
        return False
    return y.shape[0] is not None and y.shape[0] == x.shape[-1]


def power(x, y):
    if isinstance(y, (int, float)) and y == 2:
        return _raw.Square(x=x)
    return _power(*pair(x, y))


def where(condition, x, y):
    x, y = pair(x, y)
    return _raw.SelectV2(condition=condition, t=x, e=y)


def _extremum(operation):
    """Largest or smallest of two; equal ones share the slope, which TensorFlow gives to the first.

    `tf.custom_gradient` would say that, too, but keeps the graph of every trace for good.
    """
    plain = binary(operation)

    def call(x, y):
        x, y = pair(x, y)
        result = plain(x, y)
        if not x.dtype.is_floating:
            return result
        # Of finite equals the half-way point is either, and its slope is half of each.
        difference = _raw.Sub(x=x, y=y)
        half_way = _raw.AddV2(x=y, y=_raw.Mul(x=difference, y=constant(0.5, x.dtype)))
        tied = _raw.Equal(x=difference, y=constant(0, x.dtype))
        return _raw.SelectV2(condition=tied, t=half_way, e=result)

    return call


maximum, minimum = _extremum(_raw.Maximum), _extremum(_raw.Minimum)

# Reduction: an empty tuple of axes means none, as in NumPy; `None` means all.


in_single = by_way_of(tf.float32, HALVES)  # or long sums would stall
_of_booleans = by_way_of(tf.int32, frozenset((tf.bool,)))
max, min = _of_booleans(tf.reduce_max), _of_booleans(tf.reduce_min)


def argmax(x, axis, keepdims=False):
    result = tf.argmax(x, axis, output_type=tf.int32)
    return tf.expand_dims(result, axis) if keepdims else result


def argsort(x, axis):
    # TensorFlow's sort loses NaN, and booleans.
    return tf.argsort(sortable(x), axis, stable=True)


def sortable(x):
    """Integers in the order of `x`: NaN last, both zeros equal."""
    if x.dtype.is_bool:
        return tf.cast(x, tf.int32)
    if not x.dtype.is_floating:
        return x
    x = tf.cast(x, tf.float32) if x.dtype in HALVES else x
    x = tf.where(x == 0, tf.zeros_like(x), tf.where(x == x, x, constant(float("nan"), x.dtype)))
    bits = tf.bitcast(x, tf.int32 if x.dtype == tf.float32 else tf.int64)
    # Below zero the bits count backward.
    return tf.where(bits < 0, tf.bitwise.bitwise_xor(bits, bits.dtype.max), bits)


# Structure


def reshape(x, shape):
    if None in shape:
        # The unknown sizes of the result are those of `x`, in their order; a single one follows.
        sizes = iter([tf.shape(x)[i] for i, n in enumerate(x.shape) if n is None])
        single = shape.count(None) == 1 and -1 not in shape
        shape = [n if n is not None else -1 if single else next(sizes) for n in shape]
    return tf.reshape(x, shape)


def broadcast_to(x, shape):
    if x.shape == shape:
        return x
    if None in shape:
        offset = len(shape) - len(x.shape)
        shape = [tf.shape(x)[i - offset] if n is None else n for i, n in enumerate(shape)]
    return tf.broadcast_to(x, shape)


def view(x, dtype):
    x = tf.cast(x, tf.uint8) if x.dtype == tf.bool else x  # which has the same bytes
    native = tf.uint8 if dtype == "bool" else DTYPES[dtype]
    lead, last, ratio = x.shape[:-1], x.shape[-1:], native.size // x.dtype.size
    if ratio > 1:  # TensorFlow joins and parts a whole axis
        x = tf.reshape(x, (*lead, last[0] // ratio, ratio))
    x = tf.bitcast(x, native)
    if ratio == 0:
        x = tf.reshape(x, (*lead, last[0] * x.shape[-1]))
    return tf.cast(x, tf.bool) if dtype == "bool" else x


def transpose(x, axes):
    n = x.shape.rank
    return tf.transpose(x, [axis % n for axis in axes])


def pad(x, widths, value=0):
    return _raw.PadV2(
        input=x,
        paddings=tf.constant(widths, tf.int32, (x.shape.rank, 2)),
        constant_values=constant(value, x.dtype),
    )


def flip(x, axis):
    if axis is None:
        axis = tuple(range(x.shape.rank))
    return tf.reverse(x, (axis,) if isinstance(axis, int) else axis)


def _update_block(x, starts, updates):
    axes = [a for a in range(x.shape.rank) if updates.shape[a] != x.shape[a]]
    if len(axes) != 1:
        return None
    # Not by slices, whose sizes XLA does not know.
    [axis], size = axes, updates.shape[axes[0]]
    along = tf.range(x.shape[axis]) - starts[axis]
    spread = (
        updates
        if size == 1
        else tf.gather(updates, tf.clip_by_value(along, 0, size - 1), axis=axis)
    )
    shape = [1] * x.shape.rank
    shape[axis] = x.shape[axis]
    return tf.where(tf.reshape((along >= 0) & (along < size), shape), spread, x)


overrides = {"update_block": _update_block}
