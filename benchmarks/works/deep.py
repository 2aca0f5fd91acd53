"""21 dense layers of 32 units: what a call costs is mostly Python."""

from __future__ import annotations

import numpy as np

from benchmarks.by_hand.loop import Drawn

ROWS, BATCH, DEPTH = 3_200, 32, 21


def data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 32)).astype("float32")
    return x, rng.normal(size=(rows, 1)).astype("float32")


def model(keras):
    layers = [keras.layers.Dense(32, activation="relu") for _ in range(DEPTH - 1)]
    model = keras.models.Sequential([keras.layers.Input((32,)), *layers, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def _weights() -> dict:
    drawn = Drawn()
    for i in range(DEPTH):
        drawn.dense(f"{i:02}", 32, 32 if i < DEPTH - 1 else 1)
    return drawn.weights


def _apply(relu):
    def apply(w, x):
        for i in range(DEPTH - 1):
            x = relu(x @ w[f"{i:02}"] + w[f"{i:02}_bias"])
        return x @ w[f"{DEPTH - 1}"] + w[f"{DEPTH - 1}_bias"]

    return apply


def jax():
    import jax

    from benchmarks.by_hand.jax_loop import JaxLoop

    apply = _apply(jax.nn.relu)
    return JaxLoop(lambda w, moving, x, _: (apply(w, x), moving), _weights(), loss="mse")


def torch():
    from torch import nn

    from benchmarks.by_hand.torch_loop import TorchLoop

    hidden = [part for _ in range(DEPTH - 1) for part in (nn.Linear(32, 32), nn.ReLU())]
    return TorchLoop(nn.Sequential(*hidden, nn.Linear(32, 1)), loss="mse")


def tensorflow():
    import tensorflow as tf

    from benchmarks.by_hand.tensorflow_loop import TensorFlowLoop

    apply = _apply(tf.nn.relu)
    return TensorFlowLoop(lambda w, moving, x, _: apply(w, x), _weights(), loss="mse")
