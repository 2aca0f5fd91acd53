"""What lies together between steps on TensorFlow: nobody who reads or assigns a weight can tell."""

import numpy as np
import pytest

import lamina
from lamina import layers, models
from lamina.core.variable import NATIVE, WAITING

pytest.importorskip("tensorflow")

X = np.random.default_rng(0).normal(size=(8, 16)).astype("float32")
Y = X.sum(1, keepdims=True)


@pytest.fixture(autouse=True)
def _tensorflow():
    with lamina.config.using_backend("tensorflow"):
        yield


def _model(optimizer="adam"):
    lamina.utils.set_random_seed(3)
    hidden = [layers.Dense(16, activation="relu") for _ in range(4)]
    model = models.Sequential([layers.Input((16,)), *hidden, layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model


def _trained(between=lambda model, step: None, optimizer="adam", steps=6):
    """Return the losses of some steps, and the weights after them."""
    model, losses = _model(optimizer), []
    for step in range(steps):
        losses.append(model.train_on_batch(X, Y))
        between(model, step)
    return [*losses, *model.get_weights()]


def _assert_equal(results, others):
    for x, y in zip(results, others, strict=True):
        np.testing.assert_array_equal(x, y)


def _waiting(model):
    return [v for v in model.variables if v.held[0] == WAITING]


@pytest.mark.parametrize(("optimizer", "count"), [("adam", 10), ("sgd", 10), ("lamb", 0)])
def test_weights_wait_where_the_optimizer_looks_at_single_elements(optimizer, count):
    model = _model(optimizer)
    model.train_on_batch(X, Y)
    assert sum(v in model.trainable_variables for v in _waiting(model)) == count
    model.get_weights()
    assert not _waiting(model)


LOOKS = {
    "reads all": lambda model, step: model.get_weights(),
    "reads one now and then": lambda model, step: step % 2 and model.weights[3].numpy(),
    "assigns what it has": lambda model, step: model.set_weights(model.get_weights()),
    "evaluates": lambda model, step: model.test_on_batch(X, Y),
    "a shorter batch": lambda model, step: model.predict(X[:3], verbose=0),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_a_look_between_steps_changes_nothing(look, optimizer):
    _assert_equal(_trained(LOOKS[look], optimizer), _trained(optimizer=optimizer))


def test_who_looks_after_every_step_has_arrays_apart_in_the_end():
    model = _model()
    for _ in range(12):
        model.train_on_batch(X, Y)
        model.weights[0].numpy()
    model.train_on_batch(X, Y)
    assert not _waiting(model)


def test_what_is_assigned_between_steps_counts():
    def assign(model, step):
        model.weights[0].assign(np.zeros((16, 16), "float32"))
        model.optimizer.learning_rate = 0.0

    *_, first, bias = _trained(assign, steps=3)[:5]
    assert not first.any() and bias.shape == (16,)


def test_a_native_variable_still_changes_in_place():
    model = _model()
    model.train_on_batch(X, Y)
    native = model.weights[0].native()
    before = native.numpy()
    model.train_on_batch(X, Y)
    assert model.weights[0].held == (f"tensorflow{NATIVE}", native)
    assert (native.numpy() != before).any()


def test_batches_of_two_sizes_share_the_state():
    model, rest = _model(), slice(0, 5)
    losses = [model.train_on_batch(X[r], Y[r]) for r in (slice(8), rest) * 2]
    again = _model()
    results = []
    for r in (slice(8), rest) * 2:
        results.append(again.train_on_batch(X[r], Y[r]))
        again.get_weights()
    assert losses == results
    assert len(_waiting(model)) == 10


def test_another_engine_reads_what_waits():
    model = _model()
    model.train_on_batch(X, Y)
    with lamina.config.using_backend("numpy"):
        kernel = np.asarray(model.weights[0])
    np.testing.assert_array_equal(kernel, model.get_weights()[0])
