"""Gradients on TensorFlow, by its tape."""

from contextlib import nullcontext
from typing import Any

import optree
import tensorflow as tf
from tensorflow.python.eager import record  # `tf.custom_gradient` keeps every trace for good

from lamina.engine.stepwise import custom_gradient_by

stop_gradient = tf.stop_gradient
no_grad = nullcontext  # nothing is recorded unless a tape is watching


def value_and_grad(fn):
    def run(values):
        # Tensors of its own: one that is also used elsewhere counts there as a constant.
        inputs = [tf.identity(x) for x in values]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs)
            value, aux = fn(inputs)
        return (value, aux), _gradients(tape, value, inputs)

    return run


def _gradients(tape, value, inputs):
    if not inputs:
        return []
    result = tape.gradient(value, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [_as_array(gradient) for gradient in result]


def _as_array(gradient):
    """Where rows were gathered the tape gives rows; above, a gradient is an array."""
    if not isinstance(gradient, tf.IndexedSlices) or gradient.dense_shape is None:
        return tf.convert_to_tensor(gradient)
    # Half of the time of `convert_to_tensor`, which adds segments up.
    shape = tf.cast(gradient.dense_shape, gradient.indices.dtype)
    return tf.scatter_nd(gradient.indices[:, None], gradient.values, shape)


@custom_gradient_by
def custom_gradient(flat):
    return tf.custom_gradient(flat)


def is_followed(x):
    """Tell whether `x` belongs to a trace of which a tape may take gradients."""
    return tf.is_symbolic_tensor(x) and record.could_possibly_record()


def with_gradient(y, xs, backward):
    """Return `y`, computed from `xs`, for which tapes take the gradients that `backward(upstream)` gives."""
    with record.stop_recording():
        y = tf.identity(y)
    record.record_operation("WrittenOut", [y], [*xs], backward)
    return y


def checkpoint(fn):
    def call(*args):
        results: Any = None
        leaves, structure = optree.tree_flatten(args)  # pyright: ignore[reportArgumentType]
        at = [i for i, x in enumerate(leaves) if x.dtype.is_floating]  # TensorFlow wants no others

        @tf.recompute_grad
        def flat(*values):
            nonlocal results
            filled = list(leaves)
            for i, value in zip(at, values, strict=True):
                filled[i] = value
            outputs, results = optree.tree_flatten(fn(*optree.tree_unflatten(structure, filled)))
            return outputs

        outputs = flat(*[leaves[i] for i in at])
        return optree.tree_unflatten(results, outputs)

    return call
