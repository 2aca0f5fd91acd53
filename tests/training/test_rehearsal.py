"""Failing early: steps of the user's own run on shapes alone before training begins."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import callbacks, layers, ops

X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


class Told(callbacks.Callback):
    def __init__(self):
        self.told = []

    def on_train_begin(self, logs=None):
        self.told.append("begin")


def _model(**methods):
    kind = type("Own", (lamina.Sequential,), methods)
    model = kind([layers.Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def _bad(self, data):
    x, _ = data
    return {"loss": ops.sum(ops.matmul(x, ops.ones((7, 1))))}


def _bad_metrics(self, x, y, y_pred, sample_weight=None):
    return {"own": ops.sum(ops.matmul(x, ops.ones((7, 1))))}


@pytest.mark.parametrize(
    "methods", [{"test_step": _bad}, {"compute_metrics": _bad_metrics}], ids=lambda m: next(iter(m))
)
def test_a_mistake_in_validation_shows_before_training(methods, trains):
    model, told = _model(**methods), Told()
    before = model.get_weights()
    with pytest.raises(Exception) as raised:  # each engine has an error of its own
        model.fit(X, Y, validation_data=(X, Y), callbacks=[told], verbose=0)
    assert "before training began" in "".join(raised.value.__notes__)
    assert told.told == []
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["jax", "tensorflow"])
def test_a_mistake_in_a_training_step_shows_before_training(name):
    """PyTorch runs it as it is, and so meets it in the first step."""
    with lamina.config.using_backend(name):
        model, told = _model(train_step=_bad), Told()
        with pytest.raises(Exception) as raised:
            model.fit(X, Y, callbacks=[told], verbose=0)
        assert "in the train step" in "".join(raised.value.__notes__)
        assert told.told == []


def test_validation_of_another_shape_is_tried_with_its_shape(trains):
    """The step serves the training data, and fails on the size of the validation batch."""

    def test_step(self, data):
        x, _ = data
        return {"loss": ops.sum(ops.add(x, ops.ones((8, 3))))}

    model = _model(test_step=test_step)
    model.fit(X, Y, validation_data=(X, Y), verbose=0)
    with pytest.raises(Exception) as raised:
        model.fit(X, Y, validation_data=(X[:5], Y[:5]), verbose=0)
    assert "in the test step" in "".join(raised.value.__notes__)


def test_steps_that_need_values_are_left_alone():
    def test_step(self, data):
        x, _ = data
        return {"loss": float(ops.convert_to_numpy(ops.sum(x)))}

    with lamina.config.using_backend("torch"):
        history = _model(test_step=test_step).fit(X, Y, validation_data=(X, Y), verbose=0).history
    assert history["val_loss"] == [24.0]


def test_it_happens_once_and_for_own_steps_only(trains):
    runs = []

    def test_step(self, data):
        runs.append(1)
        return lamina.Sequential.test_step(self, data)

    model = _model(test_step=test_step)
    model.fit(X, Y, validation_data=(X, Y), verbose=0)
    first = len(runs)
    model.fit(X, Y, validation_data=(X, Y), verbose=0)
    steps = not trains.compiles_by_shape  # then each step runs by itself
    assert len(runs) - first == steps and first == 2
