"""Draws on TensorFlow, from the explicit key.

Only whole bits are drawn: TensorFlow's floats from one key differ between its kernels and XLA, so a
draw would depend on how a program happens to be compiled. Its bits (Philox) are the same.
"""

import math
from typing import Any

import tensorflow as tf

from lamina.engine.tensorflow.dtypes import DTYPES, HALVES, constant

# Bits of a draw that the dtype holds exactly, so that nothing is rounded up to one.
_PRECISION = {tf.bfloat16: 8, tf.float16: 11, tf.float32: 24, tf.float64: 53}


def _bits(key, shape, count):
    """Integers of `count` random bits, in an unsigned dtype that holds them."""
    width = tf.uint64 if count > 32 else tf.uint32
    whole: Any = None  # every number of the dtype
    drawn = tf.random.stateless_uniform(shape, _seed(key), whole, whole, width, alg="philox")
    surplus = width.size * 8 - count
    return tf.bitwise.right_shift(drawn, constant(surplus, width)) if surplus else drawn


def uniform(key, shape, dtype):
    native = DTYPES[dtype]
    count = _PRECISION[native]
    return tf.cast(_bits(key, shape, count), native) * constant(2.0**-count, native)


def normal(key, shape, dtype):
    native = DTYPES[dtype]
    wide = tf.float32 if native in HALVES else native
    # The middle of each step, so that neither end is met, where the inverse is infinite.
    count = _PRECISION[wide] - 1
    middle = tf.cast(_bits(key, shape, count), wide) + constant(0.5, wide)
    drawn = tf.math.erfinv(middle * constant(2.0 ** (1 - count), wide) - constant(1.0, wide))
    return tf.cast(drawn * constant(math.sqrt(2.0), wide), native)


def integers(key, shape, low, high, dtype):
    span = constant(high - low, tf.uint64)
    drawn = tf.cast(tf.math.floormod(_bits(key, shape, 64), span), tf.int64)
    return tf.cast(drawn + constant(low, tf.int64), DTYPES[dtype])


def gamma(key, alpha):
    valid = alpha >= 0
    shapes = tf.where(valid, tf.stop_gradient(alpha), tf.ones_like(alpha))
    drawn = tf.random.stateless_gamma(shapes.shape, _seed(key), shapes, dtype=alpha.dtype)
    return _or_nan(valid, drawn)


def binomial(key, counts, probabilities):
    valid = (counts >= 0) & (probabilities >= 0) & (probabilities <= 1)
    trials, chances = (tf.where(valid, x, tf.zeros_like(x)) for x in (counts, probabilities))
    drawn = tf.random.stateless_binomial(counts.shape, _seed(key), trials, chances, counts.dtype)
    return _or_nan(valid, drawn)


def _seed(key):
    return tf.bitcast(key, tf.int32)


def _or_nan(valid, drawn):
    return tf.where(valid, drawn, constant(math.nan, drawn.dtype))
