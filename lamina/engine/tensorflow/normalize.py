"""Normalization on TensorFlow: its own kernel for batches, a gradient in few passes for layers.

Measured on a processor: a step of a ResNet of 32 x 32 pictures takes half of what it takes without the kernel, which
computes the moments in one pass; layer normalization with its gradient takes three quarters.
"""

import math

import tensorflow as tf

from lamina.engine.tensorflow.autodiff import is_followed, with_gradient
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


def _layer_norm(x, axes, gamma, beta, epsilon):
    size = math.prod(axes)
    if x.dtype != tf.float32 or gamma is None or beta is None or size == 0 or not is_followed(x):
        return None
    if tf.config.list_logical_devices("GPU"):  # it may round the factors of products
        return None
    scale, shift = tf.reshape(gamma, (size,)), tf.reshape(beta, (size,))
    rows, mean = tf.reshape(x, (-1, size)), tf.fill((size, 1), 1 / size)
    apart = rows - _raw.MatMul(a=rows, b=mean)
    rate = _raw.Rsqrt(x=_raw.MatMul(a=_raw.Square(x=apart), b=mean) + epsilon)
    unit = apart * rate

    def backward(upstream):
        along, of_mean = upstream * unit, scale[:, None] / size
        level, slope = (_raw.MatMul(a=m, b=of_mean) for m in (upstream, along))
        of_rows = (upstream * scale - level - unit * slope) * rate
        return of_rows, *(_raw.BiasAddGrad(out_backprop=m) for m in (along, upstream))

    y = with_gradient(_raw.BiasAdd(value=unit * scale, bias=shift), (rows, scale, shift), backward)
    return tf.reshape(y, sizes(x))


overrides = {"batch_norm": _batch_norm, "layer_norm": _layer_norm}
