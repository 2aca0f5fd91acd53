"""Seconds per training step of a small convolutional network, lamina beside Keras on one engine.

Two convolutions, two pools, a dense layer on 28 x 28 pictures, batch 64, Adam. Nearly all of the time
goes into the engine's own kernels, so this shows what a library adds. Run by `make bench`.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.note_network import EpochClock, import_library

SAMPLES, BATCH, EPOCHS = 6_400, 64, 5


def seconds_per_step(library: str, engine: str) -> float:
    """The best epoch of several, after one that compiles."""
    keras = import_library(library, engine)
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x = rng.random((SAMPLES, 28, 28, 1), dtype="float32")
    y = np.eye(10, dtype="float32")[rng.integers(0, 10, SAMPLES)]
    clock = EpochClock(keras)
    model.fit(x, y, batch_size=BATCH, epochs=1 + EPOCHS, verbose=0, callbacks=[clock.callback])
    return min(clock.seconds[1:]) / (SAMPLES // BATCH)


if __name__ == "__main__":
    print(seconds_per_step(sys.argv[1], sys.argv[2]))
