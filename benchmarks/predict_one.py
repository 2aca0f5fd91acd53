"""Seconds of `predict` on one sample, lamina beside the engine's own compiled call.

The network is the study note's; the engine's own call is the same arithmetic written by hand
(`jax.jit`, plain torch, `tf.function`, plain NumPy) from a NumPy array to a NumPy array. Run by `make bench`.
"""

from __future__ import annotations

import sys
import time

import numpy as np


def seconds(library: str, engine: str) -> float:
    """The median of many calls."""
    x = np.random.default_rng(0).random((1, 784), dtype="float32")
    call = _own(engine) if library == "own" else _predict(library, engine)
    for _ in range(20):
        call(x)
    times = []
    for _ in range(300):
        began = time.perf_counter()
        call(x)
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def _predict(library: str, engine: str):
    from benchmarks.note_network import import_library

    keras = import_library(library, engine)
    model = keras.models.Sequential(
        [
            keras.layers.Dense(32, activation="relu", input_shape=(784,)),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    return lambda x: model.predict(x, verbose=0)


def _own(engine: str):
    rng = np.random.default_rng(0)
    shapes = ((784, 32), (32,), (32, 10), (10,))
    weights = [rng.normal(size=shape).astype("float32") * 0.05 for shape in shapes]
    if engine == "jax":
        import jax

        @jax.jit
        def forward(w, x):
            return jax.nn.softmax(jax.nn.relu(x @ w[0] + w[1]) @ w[2] + w[3])

        native = [jax.numpy.asarray(w) for w in weights]
        return lambda x: np.asarray(forward(native, x))
    if engine == "tensorflow":
        import tensorflow as tf

        native = [tf.constant(w) for w in weights]

        @tf.function(autograph=False)
        def forward_of_graph(x):
            return tf.nn.softmax(tf.nn.relu(x @ native[0] + native[1]) @ native[2] + native[3])

        return lambda x: forward_of_graph(tf.constant(x)).numpy()
    if engine == "torch":
        import torch

        native = [torch.from_numpy(w) for w in weights]

        @torch.no_grad()
        def call(x):
            h = torch.relu(torch.from_numpy(x) @ native[0] + native[1])
            return torch.softmax(h @ native[2] + native[3], -1).numpy()

        return call

    def plain(x):
        z = np.maximum(x @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
        e = np.exp(z - z.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    return plain


if __name__ == "__main__":
    print(seconds(sys.argv[1], sys.argv[2]))
