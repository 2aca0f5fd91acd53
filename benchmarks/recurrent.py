"""Seconds per training step of a recurrent layer on PyTorch, lamina beside Keras and `torch.nn`.

One layer of 64 units on sequences (32, 50, 32), mean squared error of its last output, SGD, one thread:
`python -m benchmarks.recurrent LIBRARY torch [lstm|gru]`, where the library is `lamina`, `keras` or `nn`.
Run by `make bench`.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from benchmarks.side import EpochClock, import_library

BATCH, LENGTH, FEATURES, UNITS, STEPS, EPOCHS = 32, 50, 32, 64, 20, 8


def data() -> tuple[np.ndarray, np.ndarray]:
    """Sequences, and targets within reach of a tanh."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(STEPS * BATCH, LENGTH, FEATURES)).astype("float32")
    return x, np.tanh(rng.normal(size=(STEPS * BATCH, UNITS))).astype("float32")


def seconds_per_step(library: str, engine: str, kind: str = "lstm") -> float:
    """The best epoch of several, after one that compiles."""
    import torch

    torch.set_num_threads(1)
    name = kind.upper()
    if library == "nn":
        return _torch(name)
    keras = import_library(library, engine)
    layers = keras.layers
    model = keras.models.Sequential(
        [layers.Input((LENGTH, FEATURES)), getattr(layers, name)(UNITS)]
    )
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x, y = data()
    clock = EpochClock(keras)
    model.fit(x, y, batch_size=BATCH, epochs=1 + EPOCHS, verbose=0, callbacks=[clock.callback])
    return min(clock.seconds[1:]) / STEPS


def _torch(name: str) -> float:
    import torch

    net = getattr(torch.nn, name)(FEATURES, UNITS, batch_first=True)
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    x, y = (torch.from_numpy(a).split(BATCH) for a in data())
    epochs = []
    for _ in range(1 + EPOCHS):
        began = time.perf_counter()
        for inputs, targets in zip(x, y, strict=True):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(net(inputs)[0][:, -1], targets).backward()
            optimizer.step()
        epochs.append(time.perf_counter() - began)
    return min(epochs[1:]) / STEPS


if __name__ == "__main__":
    print(seconds_per_step(*sys.argv[1:]))
