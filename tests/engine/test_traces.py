"""Traces of the user's own: what cannot survive `jax.jit` is refused; `tf.function` has variables of its own."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, metrics, ops
from lamina.engine import current

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)


def _traced(backend):
    if backend == "jax":
        return pytest.importorskip("jax").jit
    return lambda fn: pytest.importorskip("tensorflow").function(fn, autograph=False)


@pytest.fixture(params=[name for name in ("jax", "tensorflow") if name in current.available()])
def trace(request):
    """The engine's own way to compile a function."""
    with lamina.config.using_backend(request.param):
        yield _traced(request.param)


@pytest.fixture
def jit():
    """JAX' way, in which nothing is kept that the function does not return."""
    with lamina.config.using_backend("jax"):
        yield _traced("jax")


@pytest.fixture
def tf_function():
    """TensorFlow's way, in which variables keep what is assigned."""
    with lamina.config.using_backend("tensorflow"):
        yield _traced("tensorflow")


def test_an_unseeded_draw_is_refused_and_the_seed_stays_as_it_was(jit):
    lamina.utils.set_random_seed(3)
    expected = [ops.convert_to_numpy(lamina.random.normal((2,))) for _ in range(2)]
    lamina.utils.set_random_seed(3)
    with pytest.raises(ValueError, match="draws from the seed generator"):
        jit(lambda: lamina.random.normal((2,)))()
    for numbers in expected:
        np.testing.assert_array_equal(ops.convert_to_numpy(lamina.random.normal((2,))), numbers)


def test_a_draw_with_an_integer_seed_is_a_constant(trace):
    drawn = ops.convert_to_numpy(trace(lambda: lamina.random.normal((2,), seed=1))())
    np.testing.assert_allclose(drawn, lamina.random.normal((2,), seed=1), rtol=1e-5)


def _normalizing():
    layer = layers.BatchNormalization()
    return layer, lambda x: layer(x, training=True)


def _dropping():
    layer = layers.Dropout(0.5)
    return layer, lambda x: layer(x, training=True)


def _averaging():
    metric = metrics.Mean()
    return metric, metric


@pytest.mark.parametrize("make", [_normalizing, _dropping, _averaging])
def test_state_that_would_leak_is_refused_and_stays_as_it_was(jit, make):
    holder, call = make()
    call(X)
    before = [v.numpy() for v in holder.variables]
    with pytest.raises(ValueError, match="within a trace such as"):
        jit(call)(X)
    for variable, value in zip(holder.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    call(X)  # and it still works outside


@pytest.mark.parametrize("make", [_normalizing, _averaging])
def test_state_goes_on_in_a_tf_function(tf_function, make):
    lamina.utils.set_random_seed(3)
    (inside, call), (outside, plain) = make(), make()
    run = tf_function(call)
    for _ in range(3):
        run(X)
        plain(X)
    for a, b in zip(inside.variables, outside.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)


def test_draws_go_on_in_a_tf_function(tf_function):
    _, call = _dropping()
    run = tf_function(call)
    ones = np.ones((8, 8), "float32")
    first, second = (ops.convert_to_numpy(run(ones)) for _ in range(2))
    assert not np.array_equal(first, second)


def test_weights_first_used_within_a_trace_serve_outside_too(trace):
    layer = layers.Dense(2)
    layer.build((None, 3))  # the weights lie on the host, until an engine uses them
    inside = ops.convert_to_numpy(trace(lambda x: layer(x))(X))
    np.testing.assert_allclose(inside, ops.convert_to_numpy(layer(X)), rtol=1e-5, atol=1e-6)


def test_stateless_calls_may_be_traced(trace):
    layer = layers.BatchNormalization()
    layer.build((None, 3))
    trainable = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]
    outputs, moved = trace(lambda x: layer.stateless_call(trainable, fixed, x, training=True))(X)
    layer(X, training=True)
    np.testing.assert_allclose(moved[0], layer.moving_mean.numpy(), rtol=1e-4)
    assert tuple(outputs.shape) == X.shape
