"""TensorFlow's own kernel of batch normalization, which computes the moments in one pass.

Measured on a processor: a step of a ResNet of 32 x 32 pictures takes half of what it takes without.
"""

import tensorflow as tf

from lamina.engine.tensorflow.convert import sizes

_raw = tf.raw_ops


def _batch_norm(x, gamma, beta, epsilon):
    if x.dtype != tf.float32 or 0 in x.shape:
        return None
    shape, features = sizes(x), x.shape[-1]
    images = x if len(shape) == 4 else tf.reshape(x, (-1, 1, 1, features))
    y, mean, variance, *_ = _raw.FusedBatchNormV3(
        x=images,
        scale=tf.ones(features) if gamma is None else gamma,
        offset=tf.zeros(features) if beta is None else beta,
        mean=tf.zeros(0),
        variance=tf.zeros(0),
        epsilon=epsilon,
        is_training=True,
    )
    # The kernel gives the variance that estimates that of all the data there may be.
    count = tf.cast(tf.math.reduce_prod(shape[:-1]), tf.float32)
    biased = tf.stop_gradient(variance * ((count - 1) / count))
    return y if images is x else tf.reshape(y, shape), tf.stop_gradient(mean), biased


overrides = {"batch_norm": _batch_norm}
