"""What is computed again for the gradient: how often, and with the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import RematScope, layers, models, ops
from lamina.engine import current

X = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)


class Growth(layers.Layer):
    """The exponential, and how often it was computed."""

    def __init__(self, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.activation = activation
        self.runs = 0

    def power(self, x):
        self.runs += not current.engine().is_traced(x)
        return ops.exp(x)

    def call(self, inputs):
        return self.power(inputs) if self.activation is None else self.activation(inputs)


def computed(engine, growth, f):
    """How often a gradient of `f` computes the exponential."""
    if engine.name == "jax":
        import jax

        gradient = lamina.autodiff.grad(lambda x: ops.sum(f(x)))
        return str(jax.make_jaxpr(gradient)(X)).count(" exp ")
    growth.runs = 0
    lamina.autodiff.grad(lambda x: ops.sum(f(x)))(X)
    return growth.runs


def made_within(scope, **arguments):
    with scope:
        growth = Growth(**arguments)
    return growth, growth


def of_function(decorate):
    growth = Growth()
    return growth, decorate(growth.power)


def activated(scope):
    growth = Growth()
    with scope:
        return growth, Growth(activation=growth.power)


WAYS = {
    "plain": (lambda: of_function(lambda f: f), 1),
    "remat": (lambda: of_function(lamina.remat), 2),
    "full": (lambda: made_within(RematScope()), 2),
    "None": (lambda: made_within(RematScope(mode=None)), 1),
    "activations, of a layer without": (lambda: made_within(RematScope("activations")), 1),
    "activations": (lambda: activated(RematScope("activations")), 2),
    "larger_than 5": (lambda: made_within(RematScope("larger_than", 5)), 2),
    "larger_than 6": (lambda: made_within(RematScope("larger_than", 6)), 1),
    "list_of_layers": (
        lambda: made_within(RematScope("list_of_layers", layer_names=["a"]), name="a"),
        2,
    ),
    "list of others": (
        lambda: made_within(RematScope("list_of_layers", layer_names=["a"]), name="b"),
        1,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_results_are_computed_again_for_the_gradient(trains, way):
    make, times = WAYS[way]
    assert computed(trains, *make()) == times


def test_scopes_within_scopes():
    with RematScope("full"):
        with RematScope(None):
            assert lamina.layers.rematerialization.current().mode is None
        assert lamina.layers.rematerialization.current().mode == "full"
    assert lamina.layers.rematerialization.current() is None


class Block(layers.Layer):
    """Layers within a layer that is computed again as a whole."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.inner = [layers.Dense(4, activation="tanh"), layers.Dropout(0.4)]

    def call(self, inputs):
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs


def trained(mode):
    lamina.utils.set_random_seed(5)
    with RematScope(mode):
        net = models.Sequential(
            [
                layers.Embedding(9, 4, mask_zero=True),
                layers.LSTM(4, return_sequences=True),
                layers.Dense(4, activation="tanh", activity_regularizer="l2"),
                layers.BatchNormalization(),
                layers.Dropout(0.3),
                Block(),
                layers.GlobalAveragePooling1D(),
                layers.Dense(1),
            ]
        )
    net.compile("sgd", "mse")
    x, y = np.array([[1, 2, 3, 0], [4, 8, 0, 0]] * 4), np.ones((8, 1), "float32")
    net.fit(x, y, batch_size=4, epochs=3, verbose=0, shuffle=False)
    return net.weights


@pytest.mark.parametrize("mode", ["full", "activations"])
def test_training_gives_the_same_numbers(trains, mode):
    for one, other in zip(trained(None), trained(mode), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=2e-4, atol=1e-5)


def test_a_function_may_use_layers_and_their_state(trains):
    def gradients(decorate):
        lamina.utils.set_random_seed(3)
        dense, norm, drop = layers.Dense(3), layers.BatchNormalization(), layers.Dropout(0.5)
        dense.build((None, 3))
        norm.build((None, 3))

        def block(x, scale, training=False):
            return {"out": scale * drop(norm(dense(x), training=training), training=training)}

        run = decorate(block)
        (value, slopes) = lamina.autodiff.value_and_grad(
            lambda: ops.sum(ops.square(run(ops.sin(X), 2.0, training=True)["out"])),
            variables=dense.trainable_variables,
        )()
        state = [norm.moving_mean.numpy(), *map(np.asarray, (drop.seed_generator.state.numpy(),))]
        return [*map(ops.convert_to_numpy, (value, *slopes)), *state]

    for one, other in zip(gradients(lambda f: f), gradients(lamina.remat), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_functions_without_gradients_are_as_they_were(engine):
    found = lamina.remat(lambda x, power: {"b": x**power, "a": None})(
        ops.convert_to_tensor(X), power=2
    )
    assert list(found) == ["b", "a"]
    np.testing.assert_allclose(ops.convert_to_numpy(found["b"]), X**2, rtol=1e-6)


def test_symbolic_tensors_are_pointed_to_the_scope():
    with pytest.raises(ValueError, match=r"RematScope"):
        lamina.remat(ops.sin)(lamina.Input((3,)))


def test_layers_in_a_graph_are_computed_again(trains):
    inputs = lamina.Input((3,))
    with RematScope():
        growth = Growth()
    model = models.Model(inputs, growth(inputs) * 2)
    assert computed(trains, growth, model) == 2


def test_an_activation_is_still_itself_in_the_configuration():
    with RematScope("activations"):
        layer = layers.Dense(2, activation="relu")
    layer(X)
    assert layer.get_config()["activation"] == "relu"
    assert layers.Dense.from_config(layer.get_config()).activation is lamina.activations.relu


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match=r"full.*'nope'"):
        RematScope(mode="nope")


def test_names_of_scopes_stand_in_paths(engine):
    with lamina.name_scope("a"), lamina.name_scope("b"):
        assert lamina.Variable(1.0, name="v").path == "a/b/v"
        layer = layers.Dense(2, name="dense")
        layer(X)
    assert layer.kernel.path == "a/b/dense/kernel"


@pytest.mark.parametrize("name", ["a/b", 3, None])
def test_a_name_of_a_scope_is_a_string_without_slash(name):
    with pytest.raises(ValueError, match="name of a scope"), lamina.name_scope(name):
        pass


def test_tensors_are_made_on_the_device_that_was_named(engine):
    with lamina.device("cpu:0"):
        x = ops.multiply(ops.ones((2,)), 3)
    np.testing.assert_array_equal(ops.convert_to_numpy(x), [3, 3])
    with (
        pytest.raises(ValueError, match=r"no device 'gpu:77' here.*'cpu:0'"),
        lamina.device("gpu:77"),
    ):
        pass
