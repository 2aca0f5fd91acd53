"""On TensorFlow the gradient of a kernel that all entries share is one product, not one for each entry."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops

X = np.linspace(-1, 1, 16 * 8 * 4, dtype="float32").reshape(16, 8, 4)


def _operations(layer, *inputs):
    """The operations that compute the gradients of a layer's weights."""
    tf = pytest.importorskip("tensorflow")
    with lamina.config.using_backend("tensorflow"):
        layer(*inputs)
        variables = layer.trainable_variables

        def gradients(values):
            with tf.GradientTape() as tape:
                tape.watch(values)
                with lamina.StatelessScope(zip(variables, values, strict=True)):
                    loss = ops.sum(ops.square(layer(*inputs)))
            return tape.gradient(loss, values)

        traced = tf.function(gradients, autograph=False)
        return traced.get_concrete_function([v.value for v in variables]).graph.get_operations()


def test_a_dense_layer_has_no_kernel_for_each_entry():
    operations = _operations(layers.Dense(5), X)
    shapes = [out.shape for node in operations for out in node.outputs]
    assert not [shape for shape in shapes if len(shape) > 2 and tuple(shape[-2:]) == (4, 5)]


def test_an_einsum_names_every_axis():
    # TensorFlow has a gradient for each entry of `...`, and adds them up.
    operations = _operations(layers.MultiHeadAttention(2, 3, flash_attention=False), X, X)
    equations = [node.get_attr("equation") for node in operations if node.type == "Einsum"]
    assert len(equations) >= 12
    assert not [equation for equation in equations if b"..." in equation]
