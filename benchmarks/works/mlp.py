"""The study note's network: 784 numbers, 32 units, 10 classes; RMSprop, mean squared error, accuracy."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from benchmarks.by_hand.loop import Drawn

ROWS, BATCH = 60_000, 128


def data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.eye(10, dtype="float32")[rng.integers(0, 10, rows)]
    return rng.random((rows, 784), dtype="float32"), y


def model(keras):
    inputs = keras.layers.Input(shape=(784,))
    hidden = keras.layers.Dense(32, activation="relu")(inputs)
    model = keras.models.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
    model.compile(keras.optimizers.RMSprop(0.001), loss="mse", metrics=["accuracy"])
    return model


def _weights() -> dict:
    drawn = Drawn()
    drawn.dense("hidden", 784, 32)
    drawn.dense("output", 32, 10)
    return drawn.weights


def jax():
    import jax

    from benchmarks.by_hand.jax_loop import JaxLoop

    def apply(w, moving, x, training):
        h = jax.nn.relu(x @ w["hidden"] + w["hidden_bias"])
        return jax.nn.softmax(h @ w["output"] + w["output_bias"]), moving

    return JaxLoop(apply, _weights(), loss="mse", optimizer="rmsprop", is_scanned=True)


def torch():
    from torch import nn

    from benchmarks.by_hand.torch_loop import TorchLoop

    module = nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10), nn.Softmax(-1))
    return TorchLoop(module, loss="mse", optimizer="RMSprop")


def tensorflow():
    import tensorflow as tf

    from benchmarks.by_hand.tensorflow_loop import TensorFlowLoop

    def apply(w, moving, x, training):
        h = tf.nn.relu(x @ w["hidden"] + w["hidden_bias"])
        return tf.nn.softmax(h @ w["output"] + w["output_bias"])

    return TensorFlowLoop(apply, _weights(), loss="mse", optimizer="rmsprop")


def numpy():
    weights = [*_weights().values()]

    def predict(x):
        z = np.maximum(x @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
        e = np.exp(z - z.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    return SimpleNamespace(
        native=lambda x: x, place=lambda x, y: (x, y), predict=predict, call=predict
    )
