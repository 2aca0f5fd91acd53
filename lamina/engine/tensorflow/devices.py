"""Devices on TensorFlow."""

import tensorflow as tf

from lamina.engine import device_names
from lamina.engine.tensorflow.convert import asarray


def _choose(name):
    kinds = {kind: tf.config.list_logical_devices(kind.upper()) for kind in ("cpu", "gpu", "tpu")}
    return device_names.choose(name, kinds)


def device(name):
    return tf.device(_choose(name).name)


def place(x, layout=None):
    if layout is None:
        return asarray(x)
    with tf.device(_choose(layout).name if isinstance(layout, str) else layout):
        return tf.identity(asarray(x))


def memory(name=None):
    kind = _choose(name).device_type if name else tf.constant(0.0).device.split(":")[-2]
    return device_names.host_memory() if kind == "CPU" else None


def is_out_of_memory(error):
    return isinstance(error, tf.errors.ResourceExhaustedError)


def is_mismatch(error):
    # oneDNN's kernels abort where TensorFlow's refuse.
    return isinstance(error, (tf.errors.InvalidArgumentError, tf.errors.AbortedError))
