"""Short batches of `predict` run many at once, and nothing but the number of calls can tell."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.training import together
from lamina.training.runner import CallRunner

SIZE, BATCHES = 2, 100
X = np.random.default_rng(0).normal(size=(SIZE * BATCHES + 1, 3)).astype("float32")


@pytest.fixture
def rows(monkeypatch):
    """How many samples each call of a compiled predict step has got; a few batches are enough to begin."""
    monkeypatch.setattr(together, "_SECONDS_BEFORE", 1e-9)
    monkeypatch.setattr(together, "_SECONDS_PER_CALL", 1e3)
    seen, call = [], CallRunner.__call__
    monkeypatch.setattr(
        CallRunner, "__call__", lambda self, x: seen.append(len(x[0])) or call(self, x)
    )
    return seen


def _model(fn):
    return lamina.Sequential([layers.Input((3,)), layers.Lambda(fn, output_shape=(3,))])


def _doubled(x):
    return ops.multiply(x, 2.0)


def test_short_batches_run_together(backend, rows):
    np.testing.assert_array_equal(_model(_doubled).predict(X, SIZE, verbose=0), X * 2)
    assert rows.count(SIZE * together._MOST) >= 2
    assert len(rows) < BATCHES


def test_what_was_found_out_serves_the_next_call(backend, rows):
    model = _model(_doubled)
    model.predict(X, SIZE, verbose=0)
    del rows[:]
    model.predict(X, SIZE, verbose=0)
    assert rows[:3] == [SIZE, *[SIZE * together._MOST] * 2]


def test_a_model_that_mixes_samples_gets_its_batches_one_by_one(backend, rows):
    model = _model(lambda x: ops.subtract(x, ops.max(x, axis=0, keepdims=True)))
    whole = X[: SIZE * BATCHES].reshape(BATCHES, SIZE, 3)
    expected = (whole - whole.max(1, keepdims=True)).reshape(-1, 3)
    predicted = model.predict(X[: SIZE * BATCHES], SIZE, verbose=0)
    np.testing.assert_array_equal(predicted, expected)
    assert rows.count(SIZE) == BATCHES
    assert rows.count(SIZE * together._MOST) == 2  # the trial


def test_mixing_that_the_data_hide_is_seen(backend, rows):
    """All batches have the same maximum, but batches of the next data have not."""
    model = _model(lambda x: ops.divide(x, ops.max(ops.abs(x))))
    even, uneven = np.clip(X, -0.1, 0.1), X * np.arange(len(X))[:, None]
    model.predict(even[:-1], SIZE, verbose=0)
    predicted = model.predict(uneven[:-1], SIZE, verbose=0)
    batches = uneven[:-1].reshape(BATCHES, SIZE * 3).astype("float32")
    expected = batches / abs(batches).max(1, keepdims=True)
    np.testing.assert_allclose(predicted.reshape(BATCHES, -1), expected, 1e-6)


def test_a_model_that_takes_no_larger_batch_is_left_alone(backend, rows):
    model = _model(lambda x: ops.reshape(ops.multiply(x, 2.0), (SIZE, 3)))
    x = X[: SIZE * BATCHES]
    np.testing.assert_array_equal(model.predict(x, SIZE, verbose=0), x * 2)
    assert rows.count(SIZE) == BATCHES


def test_hooks_see_every_batch(backend, rows):
    outputs = []
    hook = lamina.callbacks.LambdaCallback(
        on_predict_batch_end=lambda batch, logs: outputs.append(len(logs["outputs"]))
    )
    _model(_doubled).predict(X, SIZE, verbose=0, callbacks=[hook])
    assert outputs == [SIZE] * BATCHES + [1]
    assert max(rows) == SIZE


def test_long_batches_are_not_tried(backend, rows, monkeypatch):
    monkeypatch.setattr(together, "_SECONDS_PER_CALL", 0.0)
    _model(_doubled).predict(X, SIZE, verbose=0)
    assert max(rows) == SIZE


def test_a_model_with_a_state_runs_one_by_one(backend, rows):
    inputs = layers.Input(batch_shape=(SIZE, 4, 3))
    model = lamina.Model(inputs, layers.SimpleRNN(2, stateful=True)(inputs))
    model.predict(np.zeros((SIZE * BATCHES, 4, 3), "float32"), SIZE, verbose=0)
    assert rows == [SIZE] * BATCHES
