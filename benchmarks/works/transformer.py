"""A language model: two causal Transformer blocks (Vaswani et al. 2017) over 5,000 words; Adam."""

from __future__ import annotations

import numpy as np

from benchmarks.by_hand.loop import Drawn

ROWS, BATCH = 320, 32
WORDS, LENGTH, SIZE, HEADS, BLOCKS, EPSILON = 5_000, 64, 128, 4, 2, 1e-3


def data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    words = np.random.default_rng(0).integers(0, WORDS, (rows, LENGTH + 1), "int32")
    return words[:, :-1].copy(), words[:, 1:].copy()


def model(keras):
    layers = keras.layers

    class Places(layers.Layer):
        def build(self, input_shape):
            self.table = self.add_weight((LENGTH, SIZE), name="table")

        def call(self, x):
            return x + self.table

    inputs = layers.Input((LENGTH,), dtype="int32")
    x = Places()(layers.Embedding(WORDS, SIZE)(inputs))
    for _ in range(BLOCKS):
        y = layers.LayerNormalization(epsilon=EPSILON)(x)
        x = x + layers.MultiHeadAttention(HEADS, SIZE // HEADS)(y, y, use_causal_mask=True)
        y = layers.LayerNormalization(epsilon=EPSILON)(x)
        x = x + layers.Dense(SIZE)(layers.Dense(4 * SIZE, activation="relu")(y))
    model = keras.models.Model(
        inputs, layers.Dense(WORDS)(layers.LayerNormalization(epsilon=EPSILON)(x))
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def weights() -> dict:
    drawn = Drawn()
    drawn.kernel("words", WORDS, SIZE)
    drawn.kernel("places", LENGTH, SIZE)
    for i in range(BLOCKS):
        for name in ("query", "key", "value", "merge"):
            drawn.dense(f"{i}{name}", SIZE, SIZE)
        drawn.dense(f"{i}up", SIZE, 4 * SIZE)
        drawn.dense(f"{i}down", 4 * SIZE, SIZE)
    for name in [f"{i}{part}" for i in range(BLOCKS) for part in ("before", "between")] + ["last"]:
        drawn.ones(f"{name}_scale", SIZE)
        drawn.zeros(f"{name}_shift", SIZE)
    drawn.dense("output", SIZE, WORDS)
    return drawn.weights


def blocks(w, x, matmul, relu, normalized, attend):
    """From embedded words to logits, in any library whose arrays have operators."""

    def dense(name, x):
        return matmul(x, w[name]) + w[f"{name}_bias"]

    for i in range(BLOCKS):
        y = normalized(x, w[f"{i}before_scale"], w[f"{i}before_shift"])
        seen = attend(i, *(dense(f"{i}{name}", y) for name in ("query", "key", "value")))
        x = x + dense(f"{i}merge", seen)
        y = normalized(x, w[f"{i}between_scale"], w[f"{i}between_shift"])
        x = x + dense(f"{i}down", relu(dense(f"{i}up", y)))
    return dense("output", normalized(x, w["last_scale"], w["last_shift"]))


def jax():
    import jax
    import jax.numpy as jnp

    from benchmarks.by_hand.jax_loop import JaxLoop

    def attend(_, *projected):
        q, k, v = (x.reshape(*x.shape[:2], HEADS, -1) for x in projected)
        return jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(projected[0].shape)

    def apply(w, moving, x, training):
        x = w["words"][x] + w["places"]
        return blocks(w, x, jnp.matmul, jax.nn.relu, jax_normalized, attend), moving

    def jax_normalized(x, scale, shift):
        mean, variance = jnp.mean(x, -1, keepdims=True), jnp.var(x, -1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(variance + EPSILON) * scale + shift

    return JaxLoop(apply, weights())


def torch():
    from torch import nn

    from benchmarks.by_hand.torch_loop import TorchLoop

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.before, self.between = (nn.LayerNorm(SIZE, EPSILON) for _ in range(2))
            self.projected, self.merge = nn.Linear(SIZE, 3 * SIZE), nn.Linear(SIZE, SIZE)
            self.up, self.down = nn.Linear(SIZE, 4 * SIZE), nn.Linear(4 * SIZE, SIZE)

        def forward(self, x):
            q, k, v = (
                part.unflatten(-1, (HEADS, -1)).transpose(1, 2)
                for part in self.projected(self.before(x)).chunk(3, -1)
            )
            seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.merge(seen.transpose(1, 2).flatten(2))
            return x + self.down(nn.functional.relu(self.up(self.between(x))))

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(WORDS, SIZE)
            self.places = nn.Parameter(self.words.weight[:LENGTH].detach().clone())
            self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
            self.last, self.output = nn.LayerNorm(SIZE, EPSILON), nn.Linear(SIZE, WORDS)

        def forward(self, x):
            return self.output(self.last(self.blocks(self.words(x) + self.places)))

    return TorchLoop(Network())


def tensorflow():
    import tensorflow as tf

    from benchmarks.by_hand.tensorflow_loop import TensorFlowLoop

    def attend(_, *projected):
        shape = tf.shape(projected[0])
        q, k, v = (
            tf.transpose(tf.reshape(x, (shape[0], -1, HEADS, SIZE // HEADS)), (0, 2, 1, 3))
            for x in projected
        )
        scores = tf.matmul(q, k, transpose_b=True) * (SIZE // HEADS) ** -0.5
        scores += (1 - tf.linalg.band_part(tf.ones((LENGTH, LENGTH)), -1, 0)) * -1e9
        return tf.reshape(tf.transpose(tf.nn.softmax(scores) @ v, (0, 2, 1, 3)), shape)

    def matmul(x, kernel):
        return tf.tensordot(x, kernel, 1)

    def normalized(x, scale, shift):
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, shift, scale, EPSILON)

    def apply(w, moving, x, training):
        x = tf.gather(w["words"], x) + w["places"]
        return blocks(w, x, matmul, tf.nn.relu, normalized, attend)

    return TensorFlowLoop(apply, weights())
