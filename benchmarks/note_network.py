"""Seconds per training step of the study note's network, lamina beside Keras on one engine.

60000 samples of 784 numbers, batch 128, RMSprop, mse, accuracy. Each library runs in a process of
its own; the processes take turns, so that a busy machine slows both alike. Run by `make bench`.
"""

from __future__ import annotations

import sys
import time

import numpy as np

SAMPLES, BATCH, EPOCHS = 60_000, 128, 4


def seconds_per_step(library: str, engine: str) -> float:
    """The best epoch of several, after one that compiles."""
    keras = import_library(library, engine)
    inputs = keras.layers.Input(shape=(784,))
    hidden = keras.layers.Dense(32, activation="relu")(inputs)
    model = keras.models.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
    model.compile(keras.optimizers.RMSprop(0.001), loss="mse", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x = rng.random((SAMPLES, 784), dtype="float32")
    y = np.eye(10, dtype="float32")[rng.integers(0, 10, SAMPLES)]
    clock = EpochClock(keras)
    model.fit(x, y, batch_size=BATCH, epochs=1 + EPOCHS, verbose=0, callbacks=[clock.callback])
    return min(clock.seconds[1:]) / -(-SAMPLES // BATCH)


class EpochClock:
    """Times every epoch through a callback, the same for both libraries."""

    def __init__(self, keras):
        self.seconds: list[float] = []
        self.began = 0.0
        clock = self

        class Clock(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                clock.began = time.perf_counter()

            def on_epoch_end(self, epoch, logs=None):
                clock.seconds.append(time.perf_counter() - clock.began)

        self.callback = Clock()


def import_library(library: str, engine: str):
    """`keras` or `lamina`, on `engine`."""
    import os

    os.environ["KERAS_BACKEND"] = os.environ["LAMINA_BACKEND"] = engine
    return __import__(library)


if __name__ == "__main__":
    print(seconds_per_step(sys.argv[1], sys.argv[2]))
