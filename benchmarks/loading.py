"""Seconds for an epoch of `fit` whose loader takes as long as a step, beside the slower of the two.

    python -m benchmarks.loading lamina|slower ENGINE

The loader sleeps for 5 ms a batch, as one does that waits for a disk; the network is made so deep that a
step takes about as long. `slower` is the longer of two epochs: of the loader alone, and of steps whose
batches cost nothing. Run by `make bench`.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.side import import_library

SECONDS, BATCHES, WIDTH = 0.005, 100, 512
X = np.random.default_rng(0).random((64, WIDTH), dtype="float32")


def seconds(library: str, engine: str) -> float:
    """The median of three epochs."""
    keras = import_library("lamina", engine)
    model = _of_depth(keras, 1)
    step = _epoch(lambda: _fit(model, 0)) / BATCHES
    model = _of_depth(keras, max(1, round(SECONDS / step)))
    if library == "lamina":
        return _epoch(lambda: _fit(model, SECONDS))
    return max(_epoch(lambda: _fit(model, 0)), _epoch(lambda: [*_load(SECONDS)]))


def _of_depth(keras, depth: int):
    layers = [keras.layers.Dense(WIDTH, activation="relu") for _ in range(depth)]
    model = keras.models.Sequential([keras.layers.Input((WIDTH,)), *layers, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def _load(seconds: float) -> Iterator[tuple]:
    for _ in range(BATCHES):
        if seconds:
            time.sleep(seconds)
        yield X, X[:, :1]


def _fit(model, seconds: float) -> None:
    model.fit(_load(seconds), verbose=0)


def _epoch(call: Callable[[], object]) -> float:
    call()
    found = []
    for _ in range(3):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


if __name__ == "__main__":
    print(seconds(sys.argv[1], sys.argv[2]))
