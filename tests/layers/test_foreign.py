"""Layers that JAX, Flax, PyTorch and TensorFlow compute."""

from __future__ import annotations

import copy
import pickle

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tensorflow as tf
import torch

import lamina
from lamina import layers

RNG = np.random.default_rng(0)
X = RNG.random((32, 3)).astype("float32")
Y = X @ np.ones((3, 2), "float32")


def _line(params, state, rng, inputs, training):
    kept = jax.random.bernoulli(rng, 0.9, inputs.shape) if training else 1.0
    return (inputs * kept) @ params["w"][0] + params["b"], {"calls": state["calls"] + training}


def _start(rng, inputs):
    params = {"w": [jax.random.normal(rng, (inputs.shape[-1], 2))], "b": jnp.zeros(2)}
    return params, {"calls": jnp.zeros((), "int32")}


class Block(nn.Module):
    @nn.compact
    def __call__(self, x, training):
        x = nn.BatchNorm(use_running_average=not training)(nn.Dense(4)(x))
        return nn.Dropout(0.1, deterministic=not training)(x)


def _torch_module():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.1)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    class Module(tf.Module):
        def __init__(self):
            self.w = tf.Variable(np.ones((3, 2), "float32"), name="w")

        @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32)])
        def serve(self, x):
            return x @ self.w

    path = str(tmp_path_factory.mktemp("saved"))
    module = Module()
    tf.saved_model.save(module, path, signatures=module.serve)
    return path


KINDS = {
    "JaxLayer": ("jax", lambda folder: layers.JaxLayer(_line, _start, seed=0)),
    "FlaxLayer": ("jax", lambda folder: layers.FlaxLayer(Block())),
    "TorchModuleWrapper": ("torch", lambda folder: layers.TorchModuleWrapper(_torch_module())),
    "TFSMLayer": ("tensorflow", lambda folder: layers.TFSMLayer(folder)),
}


@pytest.fixture(params=KINDS)
def made(request, folder):
    name, make = KINDS[request.param]
    with lamina.config.using_backend(name):
        lamina.utils.set_random_seed(0)
        layer = make(folder)
        model = lamina.Sequential([lamina.Input((3,)), layer, layers.Dense(2)])
        model.compile(lamina.optimizers.Adam(0.05), "mse")
        yield layer, model


def test_it_learns_in_a_model(made):
    layer, model = made
    before = layer.get_weights()
    losses = model.fit(X, Y, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    trained = set(map(id, layer.trainable_variables))
    for variable, old in zip(layer.weights, before, strict=True):
        changed = np.any(variable.numpy() != old)
        assert changed == (variable.trainable or not isinstance(layer, layers.TFSMLayer))
        assert variable.trainable == (id(variable) in trained)
    assert model.predict(X, verbose=0).shape == (32, 2)


def test_its_weights_are_saved_and_set(made, tmp_path):
    _, model = made
    model.fit(X, Y, verbose=0)
    expected = model.predict(X, verbose=0)
    model.save_weights(tmp_path / "m.weights.h5")
    model.set_weights([w * 0 for w in model.get_weights()])
    assert not np.any(model.predict(X, verbose=0))
    model.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(model.predict(X, verbose=0), expected)


def test_another_engine_is_refused(made):
    layer, _ = made
    with (
        lamina.config.using_backend("numpy"),
        pytest.raises(RuntimeError, match=rf"{type(layer).__name__}.*'numpy'.*set_backend"),
    ):
        layer(X)


# JaxLayer, FlaxLayer.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.JaxLayer(lambda params, inputs: inputs), "give `init_fn`, or `params`"),
        (lambda: layers.JaxLayer(lambda x: x), "`call_fn` has the parameters x; only params"),
        (lambda: layers.JaxLayer(lambda params: 1, params={}), "must take `inputs`"),
        (lambda: layers.JaxLayer(_line, lambda key: {}), "`init_fn` has the parameters key"),
    ],
)
def test_functions_with_other_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_state_counts_calls_in_training():
    with lamina.config.using_backend("jax"):
        layer = layers.JaxLayer(_line, _start)
        layer(X, training=True), layer(X), layer(X, training=True)
        assert [int(w.numpy()) for w in layer.non_trainable_weights] == [2]


def test_variables_of_a_trained_flax_module():
    with lamina.config.using_backend("jax"):
        module = Block()
        variables = module.init(jax.random.key(0), X, training=False)
        layer = layers.FlaxLayer(module, variables=variables)
        np.testing.assert_allclose(layer(X), module.apply(variables, X, training=False), atol=1e-6)


# TorchModuleWrapper.


@pytest.fixture
def wrapped():
    with lamina.config.using_backend("torch"):
        module = _torch_module()
        model = lamina.Sequential([lamina.Input((3,)), layers.TorchModuleWrapper(module)])
        yield module, model


def test_the_module_and_the_layer_share_their_weights(wrapped):
    module, model = wrapped
    model.compile("adam", "mse")
    model.fit(X, np.zeros((32, 4), "float32"), verbose=0)
    np.testing.assert_allclose(
        model.predict(X, verbose=0), module.eval()(torch.from_numpy(X)).detach(), atol=1e-6
    )
    assert module[1].num_batches_tracked == 1
    with torch.no_grad():
        module[0].weight.zero_()
    assert not np.any(model.weights[0].numpy())


def test_a_module_gives_its_state_to_another(wrapped):
    module, model = wrapped
    other = layers.TorchModuleWrapper(_torch_module())
    with torch.no_grad():
        module[0].weight.add_(1)
    other.module.load_state_dict(module.state_dict())
    np.testing.assert_array_equal(other(X), model(X))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_has_a_module_of_its_own(wrapped, copied):
    _, model = wrapped
    other = copied(model)
    with torch.no_grad():
        other.layers[0].module[0].weight.zero_()
    assert not np.any(other.weights[0].numpy())
    assert np.any(model.weights[0].numpy())


def test_freezing_reaches_the_module(wrapped):
    module, model = wrapped
    model(torch.from_numpy(X)).sum().backward()
    model.trainable = False
    assert not model(torch.from_numpy(X)).requires_grad
    assert all(p.grad is None and not p.requires_grad for p in module.parameters())


def test_a_shape_that_cannot_be_found_out_is_given():
    class Counting(torch.nn.Module):
        def forward(self, x):
            return torch.ones((int(x.sum()) * 0 + 2, 5))

    with lamina.config.using_backend("torch"):
        layer = layers.TorchModuleWrapper(Counting(), output_shape=(None, 5))
        assert layer(lamina.Input((3,))).shape == (None, 5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.TorchModuleWrapper(len), TypeError, "takes a torch.nn.Module"),
        (lambda: layers.TorchModuleWrapper(torch.nn.LazyLinear(3)), ValueError, "once on data"),
        (lambda: layers.TFSMLayer("nowhere"), ValueError, "no SavedModel at 'nowhere'"),
        (lambda: layers.TFSMLayer.from_config({"filepath": "x"}), ValueError, "custom_objects"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_endpoints_of_a_saved_model(folder):
    with lamina.config.using_backend("tensorflow"):
        layer = layers.TFSMLayer(folder, call_endpoint="serving_default")
        for inputs in (X, {"x": X}):
            np.testing.assert_allclose(layer(inputs)["output_0"], Y, rtol=1e-6)
    with pytest.raises(ValueError, match=r"no endpoint 'other'.*'serve'"):
        layers.TFSMLayer(folder, call_endpoint="other")


def test_a_module_is_written_as_a_name_and_given_again_by_the_loader():
    layer = layers.TorchModuleWrapper(_torch_module(), name="theirs")
    with pytest.warns(UserWarning, match=r"custom_objects=\{'theirs'"):
        config = layers.serialize(layer)
    with pytest.raises(ValueError, match=r"custom_objects=\{'theirs': \.\.\.\}"):
        layers.deserialize(config)
    for given in (layer.module, layer):
        again = layers.deserialize(config, custom_objects={"theirs": given})
        assert again.module is layer.module and again.name == "theirs"


def test_a_clone_has_a_module_of_its_own():
    model = lamina.Sequential([layers.TorchModuleWrapper(_torch_module())])
    twin = lamina.models.clone_model(model)
    assert twin.layers[0].module is not model.layers[0].module
