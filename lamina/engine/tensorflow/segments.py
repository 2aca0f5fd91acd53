"""Writing and combining where indices say, on TensorFlow."""

import tensorflow as tf

from lamina.engine.tensorflow.arrays import in_single
from lamina.engine.tensorflow.dtypes import constant

_COMBINE = {
    how: getattr(tf.math, f"unsorted_segment_{how}") for how in ("max", "min", "sum", "prod")
}
_COMBINE |= {how: in_single(_COMBINE[how]) for how in ("sum", "prod")}


def scatter_set(x, indices, updates):
    return x if 0 in x.shape else tf.tensor_scatter_nd_update(x, indices, updates)


def segment(x, ids, count, how):
    if x.dtype == tf.bool:
        wide = tf.uint8 if how in ("max", "min") else tf.int32
        return tf.cast(segment(tf.cast(x, wide), ids, count, how), tf.bool)
    ids = tf.where(ids < count, ids, -1)  # below zero they are left out
    result = _COMBINE[how](x, ids, count)
    if how in ("sum", "prod") or not x.dtype.is_floating:
        return result
    # TensorFlow's neutral element is the largest finite number.
    rows = tf.math.unsorted_segment_sum(tf.ones_like(ids), ids, count)
    empty = tf.reshape(rows == 0, (count, *[1] * (x.shape.rank - 1)))
    infinite = constant(float("-inf" if how == "max" else "inf"), x.dtype)
    return tf.where(empty, infinite, result)
