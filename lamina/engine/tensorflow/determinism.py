"""The same bits every time: TensorFlow then takes reproducible kernels, or raises an error."""

from __future__ import annotations

import tensorflow as tf
from tensorflow.python.util import _pywrap_determinism  # there is no public way back


def make_deterministic(on):
    if on:
        tf.config.experimental.enable_op_determinism()
    else:
        _pywrap_determinism.enable(False)
