"""Two convolutions and two pools on 28 x 28 pictures of one channel; Adam."""

from __future__ import annotations

import numpy as np

from benchmarks.by_hand.loop import Drawn

ROWS, BATCH = 2_560, 128


def data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((rows, 28, 28, 1), dtype="float32"), rng.integers(0, 10, rows, "int32")


def model(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def _weights() -> dict:
    drawn = Drawn()
    for name, inputs, outputs in (("first", 1, 32), ("second", 32, 64)):
        drawn.kernel(name, 3, 3, inputs, outputs)
        drawn.zeros(f"{name}_bias", outputs)
    drawn.dense("output", 1600, 10)
    return drawn.weights


def jax():
    import jax
    from jax import lax

    from benchmarks.by_hand.jax_loop import JaxLoop

    def apply(w, moving, x, training):
        for name in ("first", "second"):
            x = lax.conv_general_dilated(
                x, w[name], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            x = jax.nn.relu(x + w[f"{name}_bias"])
            x = lax.reduce_window(x, -np.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        return x.reshape(len(x), -1) @ w["output"] + w["output_bias"], moving

    return JaxLoop(apply, _weights())


def torch():
    from torch import nn

    from benchmarks.by_hand.torch_loop import TorchLoop

    convolved = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
    convolved += [nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]

    class Network(nn.Sequential):
        def forward(self, x):
            return super().forward(x.permute(0, 3, 1, 2))

    return TorchLoop(Network(*convolved, nn.Flatten(), nn.Linear(1600, 10)))


def tensorflow():
    import tensorflow as tf

    from benchmarks.by_hand.tensorflow_loop import TensorFlowLoop

    def apply(w, moving, x, training):
        for name in ("first", "second"):
            x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w[name], 1, "VALID"), w[f"{name}_bias"]))
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        return tf.reshape(x, (-1, 1600)) @ w["output"] + w["output_bias"]

    return TensorFlowLoop(apply, _weights())
