"""Words, an embedding and one LSTM of 32 units over 100 steps; Adam."""

from __future__ import annotations

import numpy as np

from benchmarks.by_hand.loop import Drawn

ROWS, BATCH = 2_560, 128
WORDS, LENGTH, UNITS = 5_000, 100, 32


def data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, WORDS, (rows, LENGTH), "int32"), rng.integers(0, 2, rows, "int32")


def model(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Input((LENGTH,), dtype="int32"),
            layers.Embedding(WORDS, UNITS),
            layers.LSTM(UNITS),
            layers.Dense(2),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def _weights() -> dict:
    drawn = Drawn()
    drawn.kernel("table", WORDS, UNITS)
    drawn.dense("inputs", UNITS, 4 * UNITS)
    drawn.kernel("states", UNITS, 4 * UNITS)
    drawn.dense("output", UNITS, 2)
    return drawn.weights


def jax():
    import jax
    import jax.numpy as jnp

    from benchmarks.by_hand.jax_loop import JaxLoop

    def apply(w, moving, x, training):
        gates = w["table"][x.T] @ w["inputs"] + w["inputs_bias"]

        def step(state, gates):
            h, c = state
            i, f, g, o = jnp.split(gates + h @ w["states"], 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zeros = jnp.zeros((len(x), UNITS))
        (h, _), _ = jax.lax.scan(step, (zeros, zeros), gates)
        return h @ w["output"] + w["output_bias"], moving

    return JaxLoop(apply, _weights())


def torch():
    from torch import nn

    from benchmarks.by_hand.torch_loop import TorchLoop

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(WORDS, UNITS)
            self.lstm = nn.LSTM(UNITS, UNITS, batch_first=True)
            self.output = nn.Linear(UNITS, 2)

        def forward(self, x):
            return self.output(self.lstm(self.embedding(x))[0][:, -1])

    return TorchLoop(Network())


def tensorflow():
    import tensorflow as tf

    from benchmarks.by_hand.tensorflow_loop import TensorFlowLoop

    def apply(w, moving, x, training):
        words = tf.gather(w["table"], tf.transpose(x))
        gates = tf.tensordot(words, w["inputs"], 1) + w["inputs_bias"]

        def step(t, h, c):
            i, f, g, o = tf.split(gates[t] + h @ w["states"], 4, -1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            return t + 1, tf.sigmoid(o) * tf.tanh(c), c

        zeros = tf.zeros((tf.shape(x)[0], UNITS))
        _, h, _ = tf.while_loop(
            lambda t, h, c: t < LENGTH, step, (0, zeros, zeros), maximum_iterations=LENGTH
        )
        return h @ w["output"] + w["output_bias"]

    return TensorFlowLoop(apply, _weights())
