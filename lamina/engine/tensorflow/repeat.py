"""Many steps on TensorFlow."""

from __future__ import annotations

import optree
import tensorflow as tf

from lamina.engine.tensorflow.compile import Program

steps_per_call = 32


def repeat(step):
    def one(state, data, row):
        return step(state, optree.tree_map(lambda x: tf.gather(x, row), data))

    program = Program(one)

    def run(state, data, indices):
        logs = None
        for row in tf.unstack(tf.constant(indices)):
            state, logs = program(state, data, row)
        return state, logs

    return run
