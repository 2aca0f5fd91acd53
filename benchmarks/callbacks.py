"""Seconds of an epoch of `fit` with a callback, beside the same without it.

    python -m benchmarks.callbacks lamina|without ENGINE every_batch|reading|tensorboard

100 batches of 128 rows through a network of 784, 128, 128 and 10 units. `every_batch` has a hook that does
nothing with the batches; `reading` reads the loss of each; `tensorboard` writes the scalars of epochs.
"""

from __future__ import annotations

import sys
import tempfile
import time

import numpy as np

from benchmarks.side import import_library

ROWS, BATCH, EPOCHS = 12_800, 128, 30


def seconds(library: str, engine: str, kind: str) -> float:
    """The fastest of the epochs: what a hook costs is less than the noise of a shared machine."""
    keras = import_library("lamina", engine)
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(ROWS, 784)).astype("float32")
    y = rng.integers(0, 10, ROWS)
    layers = keras.layers
    hidden = [layers.Dense(128, activation="relu") for _ in range(2)]
    model = keras.Sequential([layers.Input((784,)), *hidden, layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    clock = Clock(keras)
    with tempfile.TemporaryDirectory() as folder:
        more = [] if library == "without" else _with(keras, kind, folder)
        callbacks = [*more, clock.callback]
        model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=callbacks)
    return min(np.diff(clock.ends))


class Clock:
    """Notes when epochs end."""

    def __init__(self, keras):
        self.ends: list[float] = []
        self.callback = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: self.ends.append(time.perf_counter())
        )


def _with(keras, kind: str, folder: str) -> list:
    if kind == "tensorboard":
        return [keras.callbacks.TensorBoard(folder)]
    read = (lambda batch, logs: logs["loss"]) if kind == "reading" else (lambda batch, logs: None)
    return [keras.callbacks.LambdaCallback(on_train_batch_end=read)]


if __name__ == "__main__":
    print(seconds(*sys.argv[1:]))
