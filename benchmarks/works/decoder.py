"""A Transformer decoder of 2 blocks writes 112 words after prompts of 16, greedily: seconds for each position.

The network is that of `transformer`, with a cache of keys and values; 8 rows at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.side import best, import_library
from benchmarks.works.transformer import BLOCKS, EPSILON, HEADS, SIZE, WORDS, blocks, weights

ROWS, PROMPT, LENGTH = 8, 16, 128
STEPS = LENGTH - PROMPT
SHAPE = (ROWS, LENGTH, HEADS, SIZE // HEADS)


class Decoding:
    """`generate(prompts)` gives all words, as a NumPy array."""

    def __init__(self, generate: Any) -> None:
        self.generate = generate
        self.prompts = np.random.default_rng(0).integers(0, WORDS, (ROWS, PROMPT)).astype("int32")

    def per_position(self) -> float:
        return best(lambda: self.generate(self.prompts)) / STEPS


def side(library: str, engine: str) -> Decoding:
    """lamina's `Generator`, or the loop by hand."""
    if library == "hand":
        return Decoding({"jax": _jax, "torch": _torch, "tensorflow": _tensorflow}[engine]())
    lamina = import_library("lamina", engine)
    generate = lamina.generation.Generator(_model(lamina))
    return Decoding(lambda prompts: generate(prompts, LENGTH))


def _weights() -> dict:
    drawn = weights()
    drawn["places"] = np.resize(drawn["places"], (LENGTH, SIZE))
    return drawn


def _model(lamina: Any) -> Any:
    layers = lamina.layers

    class Decoder(lamina.Model):
        def __init__(self):
            super().__init__()
            norm = lambda: layers.LayerNormalization(epsilon=EPSILON)  # noqa: E731
            self.words, self.places = layers.Embedding(WORDS, SIZE), layers.Embedding(LENGTH, SIZE)
            self.before, self.between = ([norm() for _ in range(BLOCKS)] for _ in range(2))
            self.attentions = [
                layers.MultiHeadAttention(HEADS, SIZE // HEADS) for _ in range(BLOCKS)
            ]
            self.ups = [layers.Dense(4 * SIZE, activation="relu") for _ in range(BLOCKS)]
            self.downs = [layers.Dense(SIZE) for _ in range(BLOCKS)]
            self.last, self.logits = norm(), layers.Dense(WORDS)

        def make_cache(self, batch, length):
            return [attention.make_cache(batch, length) for attention in self.attentions]

        def call_with_cache(self, words, cache, cache_update_index):
            at = {"use_causal_mask": True, "cache_update_index": cache_update_index}
            places = lamina.ops.arange(words.shape[1]) + cache_update_index
            x, new = self.words(words) + self.places(places), []
            for i, kept in enumerate(cache):
                y = self.before[i](x)
                y, kept = self.attentions[i](y, y, cache=kept, **at)
                x = x + y
                x = x + self.downs[i](self.ups[i](self.between[i](x)))
                new.append(kept)
            return self.logits(self.last(x)), new

        def call(self, words):
            return self.call_with_cache(words, self.make_cache(*words.shape), 0)[0]

    model = Decoder()
    model(np.zeros((1, LENGTH), "int32"))
    return model


def _jax() -> Any:
    import jax
    import jax.numpy as jnp

    w = jax.device_put(_weights())

    def normalized(x, scale, shift):
        mean, variance = jnp.mean(x, -1, keepdims=True), jnp.var(x, -1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(variance + EPSILON) * scale + shift

    def step(w, words, caches, position):
        new = []

        def attend(i, *projected):
            q, k, v = (x.reshape(*x.shape[:2], HEADS, -1) for x in projected)
            at = (0, position, 0, 0)
            k, v = (
                jax.lax.dynamic_update_slice(c, x, at)
                for c, x in zip(caches[i], (k, v), strict=True)
            )
            new.append((k, v))
            rows = position + jnp.arange(q.shape[1])[:, None]
            mask = (jnp.arange(LENGTH) <= rows)[None, None]
            return jax.nn.dot_product_attention(q, k, v, mask=mask).reshape(projected[0].shape)

        x = w["words"][words] + w["places"][position + jnp.arange(words.shape[1])]
        return blocks(w, x, jnp.matmul, jax.nn.relu, normalized, attend), new

    @jax.jit
    def generate(w, prompts):
        caches = [(jnp.zeros(SHAPE), jnp.zeros(SHAPE)) for _ in range(BLOCKS)]
        logits, caches = step(w, prompts, caches, 0)
        words = jnp.zeros((ROWS, LENGTH), "int32").at[:, :PROMPT].set(prompts)

        def body(position, state):
            words, logits, caches = state
            chosen = jnp.argmax(logits, -1).astype("int32")[:, None]
            words = jax.lax.dynamic_update_slice(words, chosen, (0, position))
            logits, caches = step(w, chosen, caches, position)
            return words, logits[:, 0], caches

        return jax.lax.fori_loop(PROMPT, LENGTH, body, (words, logits[:, -1], caches))[0]

    return lambda prompts: np.asarray(generate(w, prompts))


def _torch() -> Any:
    import torch
    from torch.nn import functional

    w = {name: torch.from_numpy(value) for name, value in _weights().items()}

    def normalized(x, scale, shift):
        return functional.layer_norm(x, (SIZE,), scale, shift, EPSILON)

    @torch.inference_mode()
    def generate(prompts):
        caches = [(torch.zeros(SHAPE), torch.zeros(SHAPE)) for _ in range(BLOCKS)]
        position = 0

        def attend(i, *projected):
            q, k, v = (x.unflatten(-1, (HEADS, -1)) for x in projected)
            end = position + q.shape[1]
            for cache, x in zip(caches[i], (k, v), strict=True):
                cache[:, position:end] = x
            k, v = (cache[:, :end].transpose(1, 2) for cache in caches[i])
            q, is_causal = q.transpose(1, 2), end == q.shape[1]
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
            return seen.transpose(1, 2).flatten(2)

        words = torch.zeros((ROWS, LENGTH), dtype=torch.int32)
        words[:, :PROMPT] = torch.from_numpy(prompts)
        given = words[:, :PROMPT]
        for next_position in range(PROMPT, LENGTH):
            places = w["places"][position:next_position]
            x = w["words"][given] + places
            logits = blocks(w, x, torch.matmul, functional.relu, normalized, attend)
            words[:, next_position] = logits[:, -1].argmax(-1)
            position, given = next_position, words[:, next_position : next_position + 1]
        return words.numpy()

    return generate


def _tensorflow() -> Any:
    import tensorflow as tf

    w = {name: tf.constant(value) for name, value in _weights().items()}
    scale = (SIZE // HEADS) ** -0.5

    def normalized(x, gamma, beta):
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, EPSILON)

    def step(words, caches, position):
        new = []

        def attend(i, *projected):
            count = projected[0].shape[1]
            q, k, v = (tf.reshape(x, (ROWS, count, HEADS, -1)) for x in projected)
            both = []
            for cache, x in zip(caches[i], (k, v), strict=True):
                whole = tf.concat([cache[:, :position], x, cache[:, position + count :]], 1)
                both.append(tf.ensure_shape(whole, SHAPE))
            new.append(tuple(both))
            scores = tf.einsum("bqhd,bkhd->bhqk", q, both[0]) * scale
            rows = position + tf.range(count)[:, None]
            scores = tf.where(tf.range(LENGTH) <= rows, scores, -1e9)
            seen = tf.einsum("bhqk,bkhd->bqhd", tf.nn.softmax(scores), both[1])
            return tf.reshape(seen, (ROWS, count, SIZE))

        places = tf.gather(w["places"], position + tf.range(words.shape[1]))
        x = tf.gather(w["words"], words) + places
        matmul = lambda x, kernel: tf.tensordot(x, kernel, 1)  # noqa: E731
        return blocks(w, x, matmul, tf.nn.relu, normalized, attend), new

    @tf.function(autograph=False)
    def generate(prompts):
        caches = [(tf.zeros(SHAPE), tf.zeros(SHAPE)) for _ in range(BLOCKS)]
        logits, caches = step(prompts, caches, 0)
        words = tf.TensorArray("int32", LENGTH, element_shape=(ROWS,))

        def body(position, words, logits, caches):
            chosen = tf.argmax(logits, -1, "int32")
            logits, caches = step(chosen[:, None], caches, position)
            return position + 1, words.write(position, chosen), logits[:, 0], caches

        state = (PROMPT, words, logits[:, -1], caches)
        words = tf.while_loop(lambda position, *_: position < LENGTH, body, state)[1]
        return tf.concat([prompts, tf.transpose(words.stack()[PROMPT:])], 1)

    return lambda prompts: generate(tf.constant(prompts)).numpy()
