"""Functions of the normal and the gamma distribution on TensorFlow."""

from __future__ import annotations

import tensorflow as tf

from lamina.engine.tensorflow.arrays import in_single

erfc, erfinv = in_single(tf.math.erfc), in_single(tf.math.erfinv)
gammainc = in_single(tf.math.igamma)
