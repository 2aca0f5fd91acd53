"""A small model and its data, for callbacks that need a real `fit`."""

from __future__ import annotations

import numpy as np

import lamina

SAMPLES, BATCH = 40, 10  # four batches


def data():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(SAMPLES, 3)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def model(optimizer="sgd", keras=lamina, **options):
    keras.utils.set_random_seed(1)
    hidden = keras.layers.Dense(4, activation="relu", name="hidden")
    net = keras.Sequential([keras.layers.Input((3,)), hidden, keras.layers.Dense(1, name="out")])
    net.compile(optimizer, "mse", metrics=["mae"], **options)
    return net


def fit(net, *callbacks, epochs=2, **options):
    x, y = data()
    options = {"validation_data": (x, y), "shuffle": False, "verbose": 0, **options}
    return net.fit(x, y, batch_size=BATCH, epochs=epochs, callbacks=[*callbacks], **options)


__all__ = ["BATCH", "SAMPLES", "data", "fit", "model"]
