"""One side of a work: a process that makes its network once and measures again whenever it is told to.

`python -m benchmarks.side WORK LIBRARY ENGINE [ROWS]`, where LIBRARY is `lamina`, `keras` or `hand`, reads
names of measures from its input, a line each, and answers with seconds. Sides of one work are told in turns,
so that a busy machine slows all alike.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

SECONDS = 0.4  # that one measure of short calls may take, about


def import_library(library: str, engine: str) -> Any:
    """`keras` or `lamina`, on `engine`."""
    os.environ["KERAS_BACKEND"] = os.environ["LAMINA_BACKEND"] = engine
    return importlib.import_module(library)


def best(call: Callable[[], object], least: int = 2) -> float:
    """The best of as many calls as fit into `SECONDS`, in seconds."""
    found: list[float] = []
    while len(found) < least or sum(found) < SECONDS:
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return min(found)


class EpochClock:
    """Times every epoch through a callback, the same for both libraries."""

    def __init__(self, keras: Any) -> None:
        self.seconds: list[float] = []
        self.began = 0.0

        def begin(epoch: int, logs: dict) -> None:
            self.began = time.perf_counter()

        def end(epoch: int, logs: dict) -> None:
            self.seconds.append(time.perf_counter() - self.began)

        self.callback = keras.callbacks.LambdaCallback(on_epoch_begin=begin, on_epoch_end=end)


class Side:
    """A network with its data; each public method is a measure and returns seconds."""

    def __init__(self, work: Any, rows: int | None = None) -> None:
        self.batch = work.BATCH
        self.x, self.y = work.data(rows or work.ROWS)
        self.steps = -(-len(self.x) // self.batch)
        self.short = self.x[: self.batch], self.y[: self.batch]

    def define(self, make: Callable[[], Any]) -> Any:
        """Return the network, and note how long it took to define it."""
        began = time.perf_counter()
        network = make()
        self.defining = time.perf_counter() - began
        return network

    def first_step(self) -> float:
        """The definition and the first step of all; to be measured once, before everything else.

        What an engine prepares when it is used for the first time may be part of either.
        """
        began = time.perf_counter()
        self.train_batch()
        return self.defining + time.perf_counter() - began

    def one_epoch(self) -> float:
        return best(lambda: self.fit(1)) / self.steps

    def train_on_batch(self) -> float:
        return best(self.train_batch)

    def train_batch(self) -> object:
        raise NotImplementedError

    def fit(self, epochs: int) -> object:
        raise NotImplementedError


class OfLibrary(Side):
    """The network in lamina or Keras."""

    def __init__(self, work: Any, library: str, engine: str, rows: int | None = None) -> None:
        super().__init__(work, rows)
        keras = import_library(library, engine)
        self.native = keras.ops.convert_to_tensor(self.x[:1])
        self.model = self.define(lambda: work.model(keras))
        self.clock = EpochClock(keras)

    def fit(self, epochs: int) -> object:
        return self.model.fit(
            self.x, self.y, self.batch, epochs, verbose=0, callbacks=[self.clock.callback]
        )

    def epochs(self) -> float:
        """A step of the best epoch that follows another in the same `fit`."""
        self.clock.seconds.clear()
        self.fit(3)
        return min(self.clock.seconds[1:]) / self.steps

    def train_batch(self) -> object:
        return self.model.train_on_batch(*self.short)

    def evaluate(self) -> float:
        return best(lambda: self.model.evaluate(*self.short, self.batch, verbose=0))

    def predict_one(self) -> float:
        return best(lambda: self.model.predict(self.x[:1], verbose=0))

    def predict_all(self) -> float:
        return best(lambda: self.model.predict(self.x, 32, verbose=0))

    def call_one(self) -> float:
        return best(lambda: self.model(self.native))


class ByHand(Side):
    """The network in a loop written for its engine; whole arrays are on the device before it begins."""

    def __init__(self, work: Any, engine: str, rows: int | None = None) -> None:
        super().__init__(work, rows)
        importlib.import_module(engine)
        self.loop = self.define(getattr(work, engine))
        self.rng = np.random.default_rng(0)
        self.native = self.loop.native(self.x[:1])
        self.placed = self.loop.place(self.x, self.y)

    def fit(self, epochs: int) -> None:
        for _ in range(epochs):
            self.loop.train(self.placed, self.rng.permutation(len(self.x)), self.batch)

    def epochs(self) -> float:
        return self.one_epoch()

    def train_batch(self) -> object:
        return self.loop.train_on_batch(*self.short)

    def evaluate(self) -> float:
        return best(lambda: self.loop.evaluate(*self.short))

    def predict_one(self) -> float:
        return best(lambda: self.loop.predict(self.x[:1]))

    def predict_all(self) -> float:
        return best(lambda: self.loop.predict(self.x))

    def call_one(self) -> float:
        return best(lambda: self.loop.call(self.native))


def side(name: str, library: str, engine: str, rows: int | None = None) -> Any:
    """The object whose methods are the work's measures."""
    work = importlib.import_module(f"benchmarks.works.{name}")
    if hasattr(work, "side"):
        return work.side(library, engine)
    if library == "hand":
        return ByHand(work, engine, rows)
    return OfLibrary(work, library, engine, rows)


def main(name: str, library: str, engine: str, rows: str = "") -> None:
    measured = side(name, library, engine, int(rows) if rows else None)
    print("ready", flush=True)
    for line in sys.stdin:
        print(getattr(measured, line.strip())(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
