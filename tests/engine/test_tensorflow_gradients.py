"""Gradients that TensorFlow's programs have written out: they are those of the plain operations."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

import lamina
from lamina import layers, ops

RNG = np.random.default_rng(0)
X, UPSTREAM = (RNG.normal(size=(2, 3, 4)).astype("float32") for _ in range(2))
WORDS = RNG.integers(0, 2_000, (2, 3)).astype("int32")


@pytest.fixture(autouse=True)
def on_tensorflow():
    with lamina.config.using_backend("tensorflow"):
        yield


def _set(layer, scale=1.0):
    layer.build(X.shape)
    drawn = np.random.default_rng(1)
    layer.set_weights([scale * drawn.normal(size=v.shape) for v in layer.weights])
    return layer


def _normalized():
    layer = _set(layers.LayerNormalization())
    return layer, lambda x: ops.sum(layer(x) ** 2 * UPSTREAM)


def _normalized_over_two_axes():
    layer = _set(layers.LayerNormalization(axis=(1, 2)))
    return layer, lambda x: ops.sum(layer(x) ** 2 * UPSTREAM)


def _wide():
    layer = _set(layers.Dense(9, activation="tanh"))
    return layer, lambda x: ops.sum(layer(x) ** 3)


def _words():
    layer = _set(layers.Dense(2_000))
    loss = lamina.losses.SparseCategoricalCrossentropy(from_logits=True)
    weights = np.array([[1, 2, 0], [3, 1, 1]], "float32")
    return layer, lambda x: loss(WORDS, layer(x), weights)


def _words_with_one_sure():
    layer = _set(layers.Dense(2_000), 50.0)  # shares too small for a logarithm
    loss = lamina.losses.SparseCategoricalCrossentropy(from_logits=True)
    return layer, lambda x: loss(WORDS, layer(x))


CASES = [_normalized, _normalized_over_two_axes, _wide, _words, _words_with_one_sure]


def _gradients(layer, loss):
    """The function of `x` that gives its slopes and those of the weights, and slopes of the sum of their squares."""
    weights = [v.value for v in layer.trainable_variables]

    def compute(*arrays):
        with tf.GradientTape() as outer:
            outer.watch(arrays)
            with tf.GradientTape() as inner:
                inner.watch(arrays)
                pairs = zip(layer.trainable_variables, arrays[1:], strict=True)
                with lamina.StatelessScope(state_mapping=pairs):
                    value = loss(arrays[0])
            slopes = inner.gradient(value, arrays)
            total = sum(tf.reduce_sum(s * s) for s in slopes)
        return [value, *slopes, *outer.gradient(total, arrays)]

    return compute, [tf.constant(X), *weights]


@pytest.mark.parametrize("by_xla", [False, True])
@pytest.mark.parametrize("make", CASES)
def test_first_and_second_slopes_are_those_of_the_operations_one_by_one(make, by_xla):
    compute, arrays = _gradients(*make())
    traced = tf.function(compute, autograph=False, jit_compile=by_xla)(*arrays)
    for mine, plain in zip(traced, compute(*arrays), strict=True):
        scale = np.abs(plain).max()
        np.testing.assert_allclose(mine, plain, rtol=1e-4, atol=2e-5 * scale)


def _step_of_words():
    layer, loss = _words()

    def step(x):
        with tf.GradientTape() as tape:
            arrays = [v.value for v in layer.trainable_variables]
            tape.watch([x, *arrays])
            pairs = zip(layer.trainable_variables, arrays, strict=True)
            with lamina.StatelessScope(state_mapping=pairs):
                value = loss(x)
        return tape.gradient(value, [x, *arrays])

    return tf.function(step, autograph=False).get_concrete_function(tf.TensorSpec(X.shape))


def test_logits_of_many_classes_have_a_gradient_without_a_pass_that_scales_them():
    operations = _step_of_words().graph.get_operations()
    kinds = [op.type for op in operations]
    assert "BiasAddGrad" not in kinds
    products = [op for op in operations if op.type == "MatMul"]
    sources = {x.op.type for op in products for x in op.inputs if x.shape == (6, 2_000)}
    assert sources == {"ScatterNdNonAliasingAdd"}


def test_a_gradient_written_out_keeps_no_trace_alive():
    def trace():
        layer = _set(layers.LayerNormalization())

        def step(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = ops.sum(layer(x))
            return tape.gradient(value, x)

        traced = tf.function(step, autograph=False).get_concrete_function(tf.TensorSpec(X.shape))
        return weakref.ref(traced.graph)

    graph = trace()
    gc.collect()
    assert graph() is None
