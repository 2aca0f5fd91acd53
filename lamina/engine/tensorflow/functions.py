"""More elementwise functions on TensorFlow: trigonometry, bits, complex numbers, searching."""

import tensorflow as tf

from lamina.engine.tensorflow.arrays import pair, sortable
from lamina.engine.tensorflow.dtypes import HALVES, constant

_raw = tf.raw_ops


def arctan2(x, y):
    return _raw.Atan2(**dict(zip("yx", pair(x, y), strict=True)))


def _bitwise(of_integers, of_booleans):
    def call(x, y):
        x, y = pair(x, y)
        return (of_booleans if x.dtype == tf.bool else of_integers)(x=x, y=y)

    return call


bitwise_and = _bitwise(_raw.BitwiseAnd, _raw.LogicalAnd)
bitwise_or = _bitwise(_raw.BitwiseOr, _raw.LogicalOr)
bitwise_xor = _bitwise(_raw.BitwiseXor, _raw.NotEqual)


def bitwise_not(x):
    return _raw.LogicalNot(x=x) if x.dtype == tf.bool else _raw.Invert(x=x)


def nextafter(x, y):
    if x.dtype not in HALVES:
        return tf.math.nextafter(x, y)
    # One step is one in the bits, read as a number that counts up away from zero.
    bits = tf.bitcast(x, tf.int16)
    step = tf.where((y > x) == (x > 0), constant(1, tf.int16), constant(-1, tf.int16))
    from_zero = tf.where(y > 0, constant(1, tf.int16), constant(tf.int16.min + 1, tf.int16))
    moved = tf.bitcast(tf.where(x == 0, from_zero, bits + step), x.dtype)
    return tf.where(x == y, y, tf.where((x == x) & (y == y), moved, x + y))


def searchsorted(ordered, x, right):
    # One row of each: tf.searchsorted takes no values at all for no row, in a graph.
    ordered, values = sortable(ordered)[None], tf.reshape(sortable(x), (1, -1))
    search = _raw.UpperBound if right else _raw.LowerBound
    return tf.reshape(search(sorted_inputs=ordered, values=values), tf.shape(x))


def argwhere(x):
    return tf.cast(tf.where(x), tf.int32)
