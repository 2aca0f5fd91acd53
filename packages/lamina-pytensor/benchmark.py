"""Times of the study note's network on PyTensor beside JAX.

    python packages/lamina-pytensor/benchmark.py                 # a step, engines in turn; the fastest of many
    python packages/lamina-pytensor/benchmark.py --start         # the first step in this process, and in the next

The first `--start` with a new `PYTENSOR_FLAGS=base_compiledir=...` compiles; the next finds all on disk.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

BATCH, BATCHES = 128, 64


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, BATCH * BATCHES)
    noise = 0.3 * rng.normal(size=(BATCH * BATCHES, 784))
    return (rng.random((10, 784))[labels] + noise).astype("float32"), np.eye(10, dtype="float32")[
        labels
    ]


def network(optimizer: str) -> Any:
    from lamina import layers, models

    inputs = layers.Input(shape=(784,))
    hidden = layers.Dense(32, activation="relu")(inputs)
    model = models.Model(inputs, layers.Dense(10, activation="softmax")(hidden))
    model.compile(optimizer, "mse", metrics=["accuracy"])
    return model


def steps(rounds: int, optimizer: str) -> None:
    from lamina.config import using_backend

    x, y = data()
    models = {}
    for name in ("jax", "pytensor"):
        with using_backend(name):
            models[name] = network(optimizer)
            models[name].fit(x, y, batch_size=BATCH, epochs=5, verbose=0)
    in_fit, alone = dict.fromkeys(models, 1e9), dict.fromkeys(models, 1e9)
    for _ in range(rounds):
        for name, model in models.items():
            with using_backend(name):
                began = time.perf_counter()
                model.fit(x, y, batch_size=BATCH, verbose=0)
                in_fit[name] = min(in_fit[name], (time.perf_counter() - began) / BATCHES)
                for i in range(20):
                    began = time.perf_counter()
                    model.train_on_batch(x[i * BATCH :][:BATCH], y[i * BATCH :][:BATCH])
                    alone[name] = min(alone[name], time.perf_counter() - began)
    for label, times in (("a step of fit", in_fit), ("train_on_batch", alone)):
        shown = ", ".join(f"{name} {seconds * 1e6:.0f} us" for name, seconds in times.items())
        print(f"{label}: {shown}, ratio {times['pytensor'] / times['jax']:.2f}")


def start(optimizer: str) -> None:
    began = 0.0  # of the process
    import lamina

    with lamina.config.using_backend("pytensor"):
        x, y = data()
        model = network(optimizer)
        ready = time.process_time()
        model.train_on_batch(x[:BATCH], y[:BATCH])
        done = time.process_time()
    print(
        f"imports and model {ready - began:.2f} s, first step {done - ready:.2f} s of the processor"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--optimizer", default="rmsprop")
    options = parser.parse_args()
    if options.start:
        start(options.optimizer)
    else:
        steps(options.rounds, options.optimizer)
