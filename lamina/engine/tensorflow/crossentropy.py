"""Crossentropy of numbers of classes, and its gradient, in few passes over the logits."""

from typing import Any

import tensorflow as tf

from lamina.engine.tensorflow.compile import by_xla
from lamina.engine.tensorflow.convert import sizes

_SMALLEST_SHARE = 1e-20


def _sparse_crossentropy(target, logits):
    if logits.dtype not in (tf.float32, tf.float64):
        return tf.cast(_sparse_crossentropy(target, tf.cast(logits, tf.float32)), logits.dtype)
    shape = sizes(target)
    rows = tf.reshape(logits, (-1, logits.shape[-1]))
    values: Any = _of_rows(rows, tf.reshape(target, (-1,)))
    return tf.reshape(values, shape)


def _of_rows(logits, target):
    places = tf.stack([tf.range(sizes(logits)[0]), target], -1)

    @tf.custom_gradient
    def losses(logits):
        shares = tf.nn.softmax(logits)
        chosen = tf.gather_nd(shares, places)

        def by_the_largest():
            # The largest share is one by the sum of exponentials, whose logarithm is finite.
            total = tf.reduce_max(logits, -1) - tf.math.log(tf.reduce_max(shares, -1))
            return total - tf.gather_nd(logits, places)

        # Two passes less where no share is too small for a logarithm of it to be exact.
        exact = tf.reduce_all(chosen > _SMALLEST_SHARE)
        values = tf.cond(exact, lambda: -tf.math.log(chosen), by_the_largest)

        def backward(upstream):
            # The product comes last: see `with_columns_apart`.
            return _less_one(shares, places, values) * upstream[:, None]

        return values, backward

    return losses(logits)


def _less_one(shares, places, values):
    less = tf.fill(sizes(values), tf.constant(-1, shares.dtype))
    if by_xla():
        return tf.tensor_scatter_nd_add(shares, places, less)
    # Once the values are there nobody else needs the shares, as a rule: then they are written to in place.
    with tf.control_dependencies([values]):
        return tf.raw_ops.ScatterNdNonAliasingAdd(input=shares, indices=places, updates=less)


overrides = {"sparse_crossentropy": _sparse_crossentropy}
