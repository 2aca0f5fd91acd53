"""Layers inside the models of PyTorch and TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import torch

import lamina
from lamina import layers, utils

RNG = np.random.default_rng(0)
X = RNG.random((16, 3)).astype("float32")


def _model():
    lamina.utils.set_random_seed(0)
    return lamina.Sequential(
        [lamina.Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5)]
    )


@pytest.fixture
def on_torch():
    with lamina.config.using_backend("torch"):
        model = _model()
        yield model, utils.to_torch_module(model), torch.from_numpy(X)


@pytest.fixture
def on_tensorflow():
    with lamina.config.using_backend("tensorflow"):
        yield _model()


# PyTorch.


def test_parameters_and_buffers_have_the_names_of_the_weights(on_torch):
    model, module, _ = on_torch
    names = {name for name, _ in module.named_parameters()}
    dense, norm = "layers.dense.", "layers.batch_normalization."
    assert names == {dense + "kernel", dense + "bias", norm + "gamma", norm + "beta"}
    assert len([*module.buffers()]) == len(model.non_trainable_variables)
    assert {*module.state_dict()} > names


def test_it_learns_inside_a_module_of_torch(on_torch):
    _, module, x = on_torch
    whole = torch.nn.Sequential(module, torch.nn.Linear(4, 1))
    optimizer = torch.optim.Adam(whole.parameters(), 0.1)
    whole.train()
    losses = []
    for _ in range(20):
        loss = (whole(x) - 3).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3


def test_a_layer_held_by_a_module_is_part_of_it():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = utils.to_torch_module(layers.Dense(2), (None, 3))

        def forward(self, x):
            return self.dense(x)

    with lamina.config.using_backend("torch"):
        net = Net()
        assert [*net.state_dict()] == ["dense.kernel", "dense.bias"]
        assert net(torch.from_numpy(X)).requires_grad


def test_train_and_eval_say_what_training_is(on_torch):
    model, module, x = on_torch
    module.eval()
    np.testing.assert_allclose(module(x).detach(), model.predict(X, verbose=0), atol=1e-6)
    module.train()
    assert (module(x) == 0).any()  # dropped


def test_a_state_goes_to_another_module_and_its_layer(on_torch):
    model, module, _ = on_torch
    other = _model()
    other.set_weights([w + 1 for w in other.get_weights()])
    other_module = utils.to_torch_module(other)
    other_module.load_state_dict(module.state_dict())
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


def test_fit_changes_the_modules_own_parameters(on_torch):
    model, module, x = on_torch
    before = [(p, p.detach().clone()) for p in module.parameters()]
    model.compile("adam", "mse")
    model.fit(X, np.ones((16, 4), "float32"), verbose=0)
    for parameter, (same, old) in zip(module.parameters(), before, strict=True):
        assert parameter is same
        assert not torch.equal(parameter, old)
    np.testing.assert_allclose(
        module.eval()(x).detach(), model.predict(X, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_freezing_goes_both_ways(on_torch):
    model, module, x = on_torch
    module.requires_grad_(False)
    assert not module(x).requires_grad
    module.requires_grad_(True)
    model.layers[0].trainable = False
    module(x).sum().backward()
    frozen = model.layers[0].variables
    assert all(not v.value.requires_grad and v.value.grad is None for v in frozen)
    assert all(v.value.grad is not None for v in model.trainable_variables)


def test_a_module_moves_and_keeps_its_dtype(on_torch):
    model, module, x = on_torch
    expected = module.eval()(x)
    assert module.to("cpu") is module
    assert all(
        v.value.data_ptr() == b.data_ptr()
        for v, b in zip(
            model.non_trainable_weights,
            [b for b in module.buffers() if b.is_floating_point()],
            strict=True,
        )
    )
    torch.testing.assert_close(module(x), expected)
    with pytest.raises(TypeError, match="keeps its dtype"):
        module.half()


def test_a_layer_that_holds_a_layer_by_that_name():
    with lamina.config.using_backend("torch"):
        module = utils.to_torch_module(layers.TimeDistributed(layers.Dense(2)), (None, 5, 3))
        assert [*module.state_dict()] == ["layer.kernel", "layer.bias"]


# TensorFlow.


def test_a_checkpoint_restores_a_layer(on_tensorflow, tmp_path):
    model, other = on_tensorflow, _model()
    other.set_weights([w + 1 for w in other.get_weights()])
    checkpoints = [tf.train.Checkpoint(model=utils.to_tf_module(m)) for m in (model, other)]
    checkpoints[1].read(checkpoints[0].write(str(tmp_path / "c"))).assert_consumed()
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_layer_learns_inside_a_module_of_tensorflow(on_tensorflow):
    class Net(tf.Module):
        def __init__(self, model):
            super().__init__()
            self.inner = utils.to_tf_module(model)
            self.scale = tf.Variable(1.0)

    model = on_tensorflow
    net = Net(model)
    assert len(net.trainable_variables) == 1 + len(model.trainable_variables)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((net.inner(tf.constant(X), training=True) * net.scale - 1) ** 2)
    assert all(g is not None for g in tape.gradient(loss, net.trainable_variables))


def test_a_layer_becomes_a_saved_model_and_that_a_layer(on_tensorflow, tmp_path):
    module = utils.to_tf_module(on_tensorflow)
    module.serve = tf.function(
        lambda x: module(x, training=False), input_signature=[tf.TensorSpec((None, 3), tf.float32)]
    )
    tf.saved_model.save(module, tmp_path)
    np.testing.assert_allclose(
        layers.TFSMLayer(tmp_path)(X), on_tensorflow.predict(X, verbose=0), atol=1e-6
    )


# Both.


@pytest.mark.parametrize(
    ("name", "function"), [("torch", utils.to_torch_module), ("tensorflow", utils.to_tf_module)]
)
def test_refusals(name, function):
    with lamina.config.using_backend(name):
        with pytest.raises(ValueError, match=r"no weights yet.*input_shape"):
            function(layers.Dense(2))
        with pytest.raises(TypeError, match="takes a layer"):
            function(len)
    with (
        lamina.config.using_backend("numpy"),
        pytest.raises(RuntimeError, match=f"needs the engine {name}"),
    ):
        function(layers.Dense(2))
