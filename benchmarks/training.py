"""Seconds of training calls whose cost is mostly Python, lamina beside Keras on one engine.

    python -m benchmarks.training LIBRARY ENGINE batches|first_epoch

`batches` runs a network of 21 dense layers of 32 units on batches of 32 rows. `first_epoch` is one
call of `fit` on 60,000 rows of 784 floats in a model that has been trained already, data that it has not
seen: taken in, checked and put on the device. Its rival `later` is lamina's own second epoch in such a
call. Run by `make bench`.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.side import import_library

BATCH, WIDTH, DEPTH = 32, 32, 21


def seconds(library: str, engine: str, kind: str) -> float:
    """The median of many calls, the first left out; for `batches`, per step."""
    keras = import_library("lamina" if library == "later" else library, engine)
    if kind == "first_epoch":
        return _first_epoch(keras) if library == "lamina" else _later_epoch(keras)
    layers = [keras.layers.Dense(WIDTH, activation="relu") for _ in range(DEPTH - 1)]
    model = keras.models.Sequential([keras.layers.Input((WIDTH,)), *layers, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCH, WIDTH)).astype("float32")
    y = rng.normal(size=(BATCH, 1)).astype("float32")
    steps = 100
    return _median(lambda: _fit_batches(model, x, y, steps), 5) / steps


def _fit_batches(model, x: np.ndarray, y: np.ndarray, steps: int) -> None:
    def batches() -> Iterator[tuple]:
        for _ in range(steps):
            yield x, y

    model.fit(batches(), steps_per_epoch=steps, verbose=0)


def _median(call: Callable[[], object], times: int) -> float:
    for _ in range(3):
        call()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def _digits(keras) -> tuple:
    """A small network that is trained already, and data of the size of MNIST."""
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(60_000, 784)).astype("float32")
    y = rng.integers(0, 10, 60_000)
    model = keras.models.Sequential(
        [
            keras.layers.Input((784,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    # Long enough for the engine to have tried whatever it tries.
    model.fit(x.copy(), y, batch_size=128, epochs=20, verbose=0)
    return model, x, y


def _first_epoch(keras) -> float:
    model, x, y = _digits(keras)
    found = []
    for _ in range(5):
        new = x.copy()
        began = time.perf_counter()
        model.fit(new, y, batch_size=128, epochs=1, verbose=0)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def _later_epoch(keras) -> float:
    model, x, y = _digits(keras)
    ends: list[float] = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            ends.append(time.perf_counter())

    model.fit(x, y, batch_size=128, epochs=6, verbose=0, callbacks=[Clock()])
    return statistics.median(np.diff(ends))


if __name__ == "__main__":
    print(seconds(*sys.argv[1:]))
