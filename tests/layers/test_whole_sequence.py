"""LSTM and GRU by the engine's own kernel, where it has one, agree with the loop written out."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import tree
from lamina.core.scope import StatelessScope
from tests.layers.checks import draw

X = draw((3, 6, 4))
ANY = np.array([[0, 1, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], bool)
PADDED = np.array([[1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], bool)
EVERYTHING = {"return_sequences": True, "return_state": True}
CASES = [
    ("LSTM", EVERYTHING, None, True),
    ("LSTM", {**EVERYTHING, "go_backwards": True}, ANY, True),
    ("LSTM", {"return_state": True, "use_bias": False}, PADDED, False),
    ("GRU", {**EVERYTHING, "go_backwards": True}, None, True),
    ("GRU", {**EVERYTHING, "zero_output_for_mask": True}, ANY, True),
    ("GRU", {"use_bias": False}, PADDED, False),
]


def pair(name, **kwargs):
    """A layer that may use a kernel, and one that never does, with the same weights."""
    one = getattr(layers, name)(5, **kwargs)
    other = getattr(layers, name)(5, unroll=True, **kwargs)
    for layer in (one, other):
        layer.build(X.shape)
        layer.set_weights([draw(v.shape, i) / 2 for i, v in enumerate(layer.weights)])
    return one, other


def outputs_and_gradients(engine, layer, mask, states):
    """Of weights, inputs and first states, for a loss that takes all outputs in."""
    given = [v.value for v in layer.weights] + [engine.asarray(x) for x in (X, *states)]
    count = len(layer.weights)

    def loss(values):
        x, *first = values[count:]
        with StatelessScope(zip(layer.weights, values, strict=False)):
            found = tree.flatten(layer(x, initial_state=first or None, mask=mask))
        terms = [ops.sum(ops.multiply(y, draw(tuple(y.shape), 7 + i))) for i, y in enumerate(found)]
        return sum(terms[1:], terms[0]), found

    if "differentiates" not in engine.capabilities:
        return loss(given)[1], []
    (_, found), gradients = engine.value_and_grad(loss)(given)
    return found, gradients


@pytest.mark.parametrize(
    ("name", "kwargs", "mask", "with_states"),
    CASES,
    ids=[f"{c[0]}{i}" for i, c in enumerate(CASES)],
)
def test_outputs_and_gradients(name, kwargs, mask, with_states, engine):
    count = {"LSTM": 2, "GRU": 1}[name] * with_states
    states = [draw((3, 5), 20 + i) for i in range(count)]
    one, other = (
        outputs_and_gradients(engine, layer, mask, states) for layer in pair(name, **kwargs)
    )
    for found, wanted in zip(tree.flatten(one), tree.flatten(other), strict=True):
        found, wanted = map(ops.convert_to_numpy, (found, wanted))
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_what_a_kernel_knows_nothing_of_is_left_to_the_loop(engine):
    for kwargs in ({"activation": "relu"}, {"recurrent_activation": "hard_sigmoid"}):
        for name in ("LSTM", "GRU"):
            one, other = (ops.convert_to_numpy(layer(X)) for layer in pair(name, **kwargs))
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    one, other = (ops.convert_to_numpy(layer(X)) for layer in pair("GRU", reset_after=False))
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_second_derivatives(trains):
    for name in ("LSTM", "GRU"):
        slopes = []
        for layer in pair(name):
            along = lamina.autodiff.grad(lambda x, layer=layer: ops.sum(layer(x) ** 2))
            twice = lamina.autodiff.grad(lambda x, along=along: ops.sum(along(x) ** 2))
            slopes.append(ops.convert_to_numpy(twice(ops.convert_to_tensor(X[:1, :3]))))
        assert np.any(slopes[0] != 0)
        np.testing.assert_allclose(*slopes, rtol=1e-4, atol=1e-5)


def test_tensorflow_has_one_operation_for_all_steps_but_where_xla_compiles(tf):
    with lamina.config.using_backend("tensorflow"):
        layer = pair("LSTM")[0]
        expected = ops.convert_to_numpy(layer(X))
        for xla in (False, True):
            traced = tf.function(lambda: layer(X), autograph=False, jit_compile=xla)
            kinds = [node.type for node in traced.get_concrete_function().graph.get_operations()]
            assert ("BlockLSTMV2" in kinds, "While" in kinds) == (not xla, xla)
            np.testing.assert_allclose(traced(), expected, rtol=1e-5, atol=1e-6)


def test_tensorflow_runs_halves_of_a_large_batch_beside_each_other(tf):
    with lamina.config.using_backend("tensorflow"):
        layer = pair("LSTM", **EVERYTHING)[0]
        x = draw((33, 6, 4))  # an odd number: the halves differ

        def outputs_and_slopes(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                found = tree.flatten(layer(x))
                loss = sum(ops.sum(y * y) for y in found)
            return [*found, tape.gradient(loss, x)]

        traced = tf.function(outputs_and_slopes, autograph=False).get_concrete_function(
            tf.TensorSpec(x.shape)
        )
        kinds = [node.type for node in traced.graph.get_operations()]
        assert kinds.count("BlockLSTMV2") == kinds.count("BlockLSTMGradV2") == 2
        parts = [outputs_and_slopes(tf.constant(x[i : i + 1])) for i in (0, 16, 32)]
        parts = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
        for together, apart in zip(traced(tf.constant(x)), parts, strict=True):
            np.testing.assert_allclose(together.numpy()[[0, 16, 32]], apart, rtol=1e-5, atol=1e-6)


def test_tensorflow_takes_the_loop_where_the_kernel_s_products_are_slower(tf):
    with lamina.config.using_backend("tensorflow"):
        for units, kind in ((64, "BlockLSTMV2"), (128, "While")):
            layer = layers.LSTM(units)
            traced = tf.function(lambda x, layer=layer: layer(x), autograph=False)
            graph = traced.get_concrete_function(tf.TensorSpec((2, 3, units))).graph
            assert kind in [node.type for node in graph.get_operations()]


def test_second_derivatives_within_a_program(trains):
    one, other = pair("LSTM")

    def twice(layer):
        along = lamina.autodiff.grad(lambda x: ops.sum(layer(x) ** 2))
        return lamina.autodiff.grad(lambda x: ops.sum(along(x) ** 2))

    x = trains.asarray(X[:1, :3])
    slopes = [ops.convert_to_numpy(trains.compile(twice(layer))(x)) for layer in (one, other)]
    np.testing.assert_allclose(*slopes, rtol=1e-4, atol=1e-5)
