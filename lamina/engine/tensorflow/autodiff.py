"""Gradients on TensorFlow, by its tape."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import optree
import tensorflow as tf

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
    found = tape.gradient(value, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    # Where rows were gathered the tape gives rows; above, a gradient is an array.
    return [tf.convert_to_tensor(gradient) for gradient in found]


def custom_gradient(fn):
    def call(*args: Any):
        tree: Any = args
        leaves, structure = optree.tree_flatten(tree)
        result_structure: Any = None

        @tf.custom_gradient
        def flat(*given):
            nonlocal result_structure
            result, backward = fn(*optree.tree_unflatten(structure, given))
            results, result_structure = optree.tree_flatten(result)

            def slopes(*upstream):
                gradients = backward(optree.tree_unflatten(result_structure, upstream))
                if len(args) == 1 and not isinstance(gradients, (list, tuple)):
                    gradients = (gradients,)
                return list(_by_leaf(args, gradients))

            return list(results), slopes

        results = flat(*leaves)
        return optree.tree_unflatten(result_structure, results)

    return call


def _by_leaf(args, gradients):
    """One gradient per leaf of `args`; `None` for an arg means none for all of its leaves."""
    for arg, gradient in zip(args, gradients, strict=True):
        if gradient is None:
            yield from [None] * len(optree.tree_leaves(arg))
        else:
            yield from optree.tree_leaves(gradient)
