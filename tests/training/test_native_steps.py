"""Steps and loops in the ways of JAX, PyTorch and TensorFlow, beside lamina's own."""

from __future__ import annotations

import copy
import pickle

import jax
import numpy as np
import pytest
import tensorflow as tf
import torch

import lamina
from lamina import layers, losses, metrics, optimizers

RNG = np.random.default_rng(0)
X = RNG.random((48, 6), "float32")
Y = RNG.random((48, 1), "float32")
NOISE = RNG.normal(size=(48, 3)).astype("float32")


class StatefulStep(lamina.Model):
    """Keras' style on JAX: the step takes the state and returns it."""

    def losses_of(self, trainable, fixed, tracked, x, y, training):
        y_pred, fixed = self.stateless_call(trainable, fixed, x, training=training)
        loss, (_, fixed, tracked) = self.stateless_compute_loss(
            trainable, fixed, tracked, x=x, y=y, y_pred=y_pred, training=training
        )
        return loss, (y_pred, fixed, tracked)

    def tracked(self, values, y, y_pred, loss):
        logs, new = {}, []
        for metric in self.metrics:
            own = values[len(new) : len(new) + len(metric.variables)]
            arguments = (loss,) if metric.name == "loss" else (y, y_pred)
            own = metric.stateless_update_state(own, *arguments)
            logs[metric.name] = metric.stateless_result(own)
            new += own
        return logs, new

    def train_step(self, state, data):
        trainable, fixed, slots, tracked = state
        x, y = data
        run = jax.value_and_grad(self.losses_of, has_aux=True)
        (loss, (y_pred, fixed, tracked)), grads = run(trainable, fixed, tracked, x, y, True)
        trainable, slots = self.optimizer.stateless_apply(slots, grads, trainable)
        logs, tracked = self.tracked(tracked, y, y_pred, loss)
        return logs, (trainable, fixed, slots, tracked)

    def test_step(self, state, data):
        trainable, fixed, tracked = state
        x, y = data
        loss, (y_pred, fixed, tracked) = self.losses_of(trainable, fixed, tracked, x, y, False)
        logs, tracked = self.tracked(tracked, y, y_pred, loss)
        return logs, (trainable, fixed, tracked)

    def predict_step(self, state, data):
        return self.stateless_call(*state, data, training=False)


class BackwardStep(lamina.Model):
    """PyTorch's style: `backward`, and the gradients that it leaves at the weights."""

    def train_step(self, data):
        x, y = data
        self.zero_grad()
        y_pred = self(x, training=True)
        loss = self.compute_loss(y=y, y_pred=y_pred)
        loss.backward()
        gradients = [v.value.grad for v in self.trainable_weights]
        with torch.no_grad():
            self.optimizer.apply(gradients, self.trainable_weights)
        return self.logs(loss, y, y_pred)

    def logs(self, loss, y, y_pred):
        for metric in self.metrics:
            metric.update_state(*((loss,) if metric.name == "loss" else (y, y_pred)))
        return {metric.name: metric.result() for metric in self.metrics}


class TapeStep(BackwardStep):
    """TensorFlow's style: a tape, asked for gradients by variables."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self.logs(loss, y, y_pred)


STYLES = [("jax", StatefulStep), ("torch", BackwardStep), ("tensorflow", TapeStep)]


def _network(kind=lamina.Model, drop=0.25):
    lamina.utils.set_random_seed(3)
    inputs = lamina.Input((6,))
    hidden = layers.BatchNormalization()(layers.Dense(5, activation="relu")(inputs))
    model = kind(inputs, layers.Dense(1)(layers.Dropout(drop)(hidden)))
    model.compile(optimizers.Adam(0.01), losses.MeanSquaredError(), metrics=["mae"])
    return model


@pytest.mark.parametrize(("name", "kind"), STYLES)
def test_a_step_in_the_engines_style_learns_as_ours_does(name, kind):
    with lamina.config.using_backend(name):
        models, histories = [], []
        for each in (lamina.Model, kind):
            models.append(_network(each))
            histories.append(models[-1].fit(X, Y, batch_size=16, epochs=4, verbose=0).history)
        ours, theirs = models
        np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-5)
        for a, b in zip(ours.variables, theirs.variables, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)
        assert theirs.evaluate(X, Y, batch_size=48, verbose=0) == pytest.approx(
            ours.evaluate(X, Y, batch_size=48, verbose=0), rel=1e-5
        )
        np.testing.assert_allclose(
            ours.predict(X, verbose=0), theirs.predict(X, verbose=0), atol=1e-5
        )


def test_what_a_stateful_step_returns_must_have_the_form_of_the_state():
    class Wrong(StatefulStep):
        def train_step(self, state, data):
            logs, (trainable, *rest) = super().train_step(state, data)
            return logs, (trainable[:-1], *rest)

    with (
        lamina.config.using_backend("jax"),
        pytest.raises(ValueError, match=r"optimizer_variables"),
    ):
        _network(Wrong).fit(X, Y, verbose=0)


def test_a_step_takes_the_data_and_perhaps_the_state():
    class Wrong(lamina.Model):
        def train_step(self, a, b, c):
            return {}

    with pytest.raises(
        TypeError, match=r"train_step\(self, data\).*train_step\(self, state, data\)"
    ):
        Wrong().compile()


# Loops of the user's own.


def _after_fit():
    model = _network(drop=0.0)
    model.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    return model


def _batches():
    return [(X[i : i + 16], Y[i : i + 16]) for i in range(0, 48, 16)] * 2


def _assert_equal(model, other, atol=1e-5):
    for a, b in zip(model.variables, other.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=atol, err_msg=a.path)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_loop_with_a_tape(compiled):
    with lamina.config.using_backend("tensorflow"):
        model, loss_fn, optimizer = (
            _network(drop=0.0),
            losses.MeanSquaredError(),
            optimizers.Adam(0.01),
        )
        error = metrics.MeanAbsoluteError()

        def step(x, y):
            with tf.GradientTape() as tape:
                y_pred = model(x, training=True)
                loss = loss_fn(y, y_pred) + sum(model.losses)
            gradients = tape.gradient(loss, model.trainable_weights)
            optimizer.apply(gradients, model.trainable_weights)
            error.update_state(y, y_pred)
            return loss

        run = tf.function(step) if compiled else step
        for x, y in _batches():
            run(tf.constant(x), tf.constant(y))
        _assert_equal(model, _after_fit())
        assert int(optimizer.iterations.numpy()) == 6
        assert 0 < float(error.result()) < 2


@pytest.mark.parametrize("of_torch", [False, True])
def test_a_loop_with_backward(of_torch):
    with lamina.config.using_backend("torch"):
        model, loss_fn = _network(drop=0.0), losses.MeanSquaredError()
        optimizer = (
            torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-7)
            if of_torch
            else optimizers.Adam(0.01)
        )
        for x, y in _batches():
            loss = loss_fn(torch.from_numpy(y), model(torch.from_numpy(x), training=True))
            model.zero_grad()
            loss.backward()
            if of_torch:
                optimizer.step()
            else:
                weights = model.trainable_weights
                gradients = [v.value.grad for v in weights]
                with torch.no_grad():
                    optimizer.apply(gradients, weights)
        # Adam's epsilon stands at another place in `torch.optim`.
        _assert_equal(model, _after_fit(), atol=1e-2 if of_torch else 1e-5)


def test_a_loop_of_pure_functions():
    with lamina.config.using_backend("jax"):
        model, loss_fn, optimizer = (
            _network(drop=0.0),
            losses.MeanSquaredError(),
            optimizers.Adam(0.01),
        )

        def objective(trainable, fixed, x, y):
            y_pred, fixed = model.stateless_call(trainable, fixed, x, training=True)
            return loss_fn(y, y_pred), fixed

        @jax.jit
        def step(state, x, y):
            trainable, fixed, slots = state
            run = jax.value_and_grad(objective, has_aux=True)
            (loss, fixed), grads = run(trainable, fixed, x, y)
            trainable, slots = optimizer.stateless_apply(slots, grads, trainable)
            return loss, (trainable, fixed, slots)

        optimizer.build(model.trainable_variables)
        groups = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
        state = groups  # variables themselves are leaves of JAX' trees
        for x, y in _batches():
            _, state = step(state, x, y)
        for variables, values in zip(groups, state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        _assert_equal(model, _after_fit())


# Layers as modules of PyTorch.


@pytest.fixture
def on_torch():
    with lamina.config.using_backend("torch"):
        yield _network()


def test_gradients_are_recorded_where_tensors_are_given(on_torch):
    assert on_torch(torch.from_numpy(X)).requires_grad
    with torch.no_grad():
        assert not on_torch(torch.from_numpy(X)).requires_grad


def test_arrays_give_values_also_once_there_are_parameters(on_torch):
    before = np.asarray(on_torch(X))
    assert len([*on_torch.parameters()]) == len(on_torch.trainable_variables)
    np.testing.assert_array_equal(before, np.asarray(on_torch(X)))


def test_a_state_dict_goes_to_another_model(on_torch):
    state = {name: value.clone() for name, value in on_torch.state_dict().items()}
    assert len(state) == len(on_torch.variables)
    other = _network()
    other.set_weights([w + 1 for w in other.get_weights()])
    other.load_state_dict(dict(zip(other.state_dict(), state.values(), strict=True)))
    np.testing.assert_array_equal(on_torch.predict(X, verbose=0), other.predict(X, verbose=0))
    with pytest.raises(ValueError, match="missing"):
        other.load_state_dict({})


def test_fit_goes_on_with_parameters_and_they_see_it(on_torch):
    parameters = [*on_torch.parameters()]
    before = [p.detach().clone() for p in parameters]
    on_torch.fit(X, Y, verbose=0)
    assert [*on_torch.parameters()] == parameters  # the very same objects
    for parameter, old, variable in zip(
        parameters, before, on_torch.trainable_variables, strict=True
    ):
        assert not torch.equal(parameter, old)
        np.testing.assert_array_equal(parameter.detach().numpy(), variable.numpy())


def test_parameters_follow_to_another_engine(on_torch):
    [*on_torch.parameters()]
    expected = on_torch.predict(X, verbose=0)
    with lamina.config.using_backend("jax"):
        np.testing.assert_allclose(on_torch.predict(X, verbose=0), expected, atol=1e-6)
        with pytest.raises(AttributeError, match="torch"):
            on_torch.parameters()


def test_freezing_reaches_parameters(on_torch):
    [*on_torch.parameters()]
    frozen = on_torch.layers[1]
    frozen.trainable = False
    assert len([*on_torch.parameters()]) == len(on_torch.trainable_variables)
    on_torch(torch.from_numpy(X)).sum().backward()
    assert frozen.kernel.value.grad is None and not frozen.kernel.value.requires_grad
    frozen.trainable = True
    on_torch(torch.from_numpy(X)).sum().backward()
    assert frozen.kernel.value.grad is not None


# One step for all engines: two networks that learn against each other.


class Gan(lamina.Model):
    def __init__(self):
        super().__init__()
        self.maker = lamina.Sequential([lamina.Input((3,)), layers.Dense(6)])
        self.judge = lamina.Sequential([lamina.Input((6,)), layers.Dense(1)])
        self.maker_optimizer, self.judge_optimizer = optimizers.Adam(0.01), optimizers.Adam(0.01)
        self.loss_fn = losses.BinaryCrossentropy(from_logits=True)

    def train_step(self, data):
        real, noise = data  # noise comes with the data: engines draw differently
        size = real.shape[0]

        def judged():
            both = lamina.ops.concatenate([self.maker(noise), real], axis=0)
            labels = lamina.ops.concatenate(
                [lamina.ops.ones((size, 1)), lamina.ops.zeros((size, 1))], axis=0
            )
            return self.loss_fn(labels, self.judge(both))

        def deceived():
            return self.loss_fn(lamina.ops.zeros((size, 1)), self.judge(self.maker(noise)))

        logs = {}
        for name, objective, network, optimizer in (
            ("judge", judged, self.judge, self.judge_optimizer),
            ("maker", deceived, self.maker, self.maker_optimizer),
        ):
            weights = network.trainable_variables
            logs[name], gradients = lamina.autodiff.value_and_grad(objective, variables=weights)()
            optimizer.apply(gradients, weights)
        return logs


def test_a_gan_learns_alike_on_three_engines():
    histories = []
    for name in ("jax", "torch", "tensorflow"):
        with lamina.config.using_backend(name):
            lamina.utils.set_random_seed(3)
            model = Gan()
            model.compile()
            histories.append(
                model.fit(X, NOISE, batch_size=16, epochs=3, shuffle=False, verbose=0).history
            )
    for history in histories[1:]:
        for key in ("judge", "maker"):
            np.testing.assert_allclose(history[key], histories[0][key], rtol=1e-4)


# Small things that such programs rely on.


def test_a_size_may_be_a_tensor_of_the_library():
    with lamina.config.using_backend("tensorflow"):

        @tf.function
        def draws(x):
            pair = lamina.random.normal((tf.shape(x)[0], 2), seed=1)
            return pair, lamina.random.uniform(tf.shape(x), seed=1)

        pair, like = draws(tf.zeros((3, 4)))
        assert (pair.shape, like.shape) == ((3, 2), (3, 4))


def test_metrics_given_by_name_have_that_name():
    model = _network()
    model.evaluate(X, Y, verbose=0)
    assert [metric.name for metric in model.metrics] == ["loss", "mae"]


# Variables of the library in models that are copied, saved and set.


def _used(name):
    model = _network()
    if name == "torch":
        model(torch.from_numpy(X)).sum().backward()
    else:
        with tf.GradientTape():
            model(tf.constant(X))
    return model


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_have_variables_of_their_own(name, copied):
    with lamina.config.using_backend(name):
        model = _used(name)
        before = model.get_weights()
        other = copied(model)
        other.set_weights([w + 1 for w in before])
        for old, kept, new in zip(before, model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(old, kept)
            np.testing.assert_array_equal(old + 1, new)


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_weights_are_set_in_place(name, tmp_path):
    with lamina.config.using_backend(name):
        model = _used(name)
        model.fit(X, Y, verbose=0)
        model.save_weights(tmp_path / "m.weights.h5")
        native, before = [v.native() for v in model.trainable_variables], model.get_weights()
        model.set_weights([w + 1 for w in before])
        assert all(v.native() is n for v, n in zip(model.trainable_variables, native, strict=True))
        np.testing.assert_array_equal(model.get_weights()[0], before[0] + 1)
        model.load_weights(tmp_path / "m.weights.h5")
        np.testing.assert_array_equal(model.get_weights()[0], before[0])
