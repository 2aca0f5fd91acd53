"""TensorFlow's profiler."""

from collections.abc import Callable

import tensorflow as tf


def profile(folder: str) -> Callable[[], None]:
    tf.profiler.experimental.start(folder)
    return tf.profiler.experimental.stop
