"""`config.set_max_epochs` and `set_max_steps_per_epoch` shorten every run."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import config, layers

X, Y = np.ones((20, 3), "float32"), np.ones((20, 1), "float32")


@pytest.fixture
def model(trains):
    model = lamina.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    yield model
    config.set_max_epochs(None)
    config.set_max_steps_per_epoch(None)


class Batches(lamina.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(("train", batch))

    def on_test_batch_end(self, batch, logs=None):
        self.ends.append(("test", batch))


def test_epochs_are_limited(model):
    config.set_max_epochs(2)
    assert model.fit(X, Y, epochs=5, verbose=0).epoch == [0, 1]
    assert model.fit(X, Y, epochs=1, verbose=0).epoch == [0]


def test_steps_are_limited(model):
    config.set_max_steps_per_epoch(2)
    watch = Batches()
    model.fit(X, Y, batch_size=4, validation_data=(X, Y), verbose=0, callbacks=[watch])
    assert watch.ends == [(kind, step) for kind in ("train", "test") for step in (0, 1)]
    watch = Batches()
    model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[watch])
    assert watch.ends == [("test", 0), ("test", 1)]
    assert len(model.predict(X, batch_size=4, verbose=0)) == 8


def test_a_smaller_number_of_steps_stays(model):
    config.set_max_steps_per_epoch(3)
    watch = Batches()
    model.fit(X, Y, batch_size=4, steps_per_epoch=1, verbose=0, callbacks=[watch])
    assert watch.ends == [("train", 0)]


def test_streams_are_limited(model):
    config.set_max_steps_per_epoch(2)
    watch = Batches()
    endless = ((X[:4], Y[:4]) for _ in iter(int, 1))
    model.fit(endless, epochs=2, verbose=0, callbacks=[watch])
    assert len(watch.ends) == 4
