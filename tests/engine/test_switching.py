"""A call ends on the engine on which it began, whatever other threads switch to meanwhile."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import lamina
from lamina import callbacks, layers, losses, metrics, models, ops, optimizers
from lamina.engine import current

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
FIRST, SECOND = "jax", "torch"


@pytest.fixture(autouse=True)
def _from_first_to_second(process_engine):
    lamina.config.set_backend(FIRST)


def switch():
    """Put another engine in force for the process, from another thread."""
    thread = threading.Thread(target=lamina.config.set_backend, args=(SECOND,))
    thread.start()
    thread.join()


class Switching(layers.Layer):
    """Computes twice; in between the process's engine changes."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(2, kernel_initializer="ones")

    def call(self, inputs):
        hidden = self.inner(inputs)
        switch()
        return ops.relu(self.inner(ops.concatenate([inputs, hidden], axis=-1)[:, :3])) + hidden


class SwitchingAtOnce(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        switch()

    on_predict_batch_end = on_test_batch_end = on_train_batch_end


def _map():
    def row(x):
        switch()
        return ops.sum(x * 2)

    return ops.map(row, X)


def _loss():
    class Loss(losses.Loss):
        def call(self, y_true, y_pred):
            error = ops.square(y_true - y_pred)
            switch()
            return ops.mean(error, axis=-1)

    return Loss()(X, X + 1)


def _gradient():
    def value(x):
        y = x * x
        switch()
        return ops.sum(y)

    return lamina.autodiff.grad(value)(X)


CALLS = {
    "layer": lambda: Switching()(X),
    "higher order": _map,
    "loss": _loss,
    "gradient": _gradient,
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_ends_on_the_engine_on_which_it_began(name):
    result = CALLS[name]()
    assert isinstance(result, current.load(FIRST).array_types)
    assert lamina.config.backend() == SECOND
    assert isinstance(ops.square(X), current.load(SECOND).array_types)  # and the next one does not
    again = CALLS[name]()
    np.testing.assert_allclose(np.asarray(again), np.asarray(result), rtol=1e-6)


def test_training_ends_on_the_engine_on_which_it_began():
    model = models.Sequential([layers.Dense(1)])
    model.compile(optimizers.SGD(0.1), "mse", metrics=[metrics.MeanAbsoluteError()])
    data = X, X[:, :1]
    for run in (model.fit, model.evaluate):
        lamina.config.set_backend(FIRST)
        run(*data, batch_size=1, verbose=0, callbacks=[SwitchingAtOnce()])
        assert lamina.config.backend() == SECOND
    lamina.config.set_backend(FIRST)
    model.predict(X, batch_size=1, verbose=0, callbacks=[SwitchingAtOnce()])
    assert lamina.config.backend() == SECOND


def test_threads_compute_while_another_switches():
    model = models.Sequential([layers.Dense(8, "relu"), layers.Dense(2)])
    expected = ops.convert_to_numpy(model(X))
    raised, stop = [], threading.Event()

    def work():
        try:
            while not stop.is_set():
                found = ops.convert_to_numpy(ops.softmax(model(X)))
                np.testing.assert_allclose(
                    found, ops.convert_to_numpy(ops.softmax(expected)), rtol=1e-5
                )
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        lamina.config.set_backend(SECOND)
        lamina.config.set_backend(FIRST)
    stop.set()
    for thread in threads:
        thread.join()
    assert raised == []
