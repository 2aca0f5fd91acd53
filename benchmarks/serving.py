"""Seconds that `predict` of one sample takes in ONNX Runtime, beside lamina on PyTorch.

`python -m benchmarks.serving lamina|on_torch onnx mlp|cnn|transformer`. Run by `make bench`.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import lamina
from lamina import layers, models

_LENGTH, _WORDS, _WIDTH = 32, 1000, 64


def mlp():
    sizes = [
        layers.Dense(256, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(128, activation="relu"),
    ]
    return models.Sequential([lamina.Input((784,)), *sizes, layers.Dense(10, activation="softmax")])


def cnn():
    convolved = [
        layer
        for filters in (32, 64)
        for layer in (layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D())
    ]
    head = [layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")]
    return models.Sequential([lamina.Input((28, 28, 1)), *convolved, *head])


def transformer():
    words = lamina.Input((_LENGTH,), dtype="int32")
    x = layers.Embedding(_WORDS, _WIDTH)(words)
    for _ in range(2):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 16)(x, x))
        h = layers.Dense(2 * _WIDTH, activation="gelu")(x)
        x = layers.LayerNormalization()(x + layers.Dense(_WIDTH)(h))
    return models.Model(words, layers.Dense(10)(layers.GlobalAveragePooling1D()(x)))


def seconds(side: str, engine: str, network: str) -> float:
    """The best of many calls."""
    lamina.config.set_backend(engine if side == "lamina" else "torch")
    model, rng = (
        {"mlp": mlp, "cnn": cnn, "transformer": transformer}[network](),
        np.random.default_rng(0),
    )
    shape = (1, *model.input_shape[1:])
    words = rng.integers(0, _WORDS, shape).astype("int32")
    x = words if network == "transformer" else rng.random(shape, "float32")
    times = []
    for _ in range(1000):
        began = time.perf_counter()
        model.predict(x, verbose=0)
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    print(seconds(*sys.argv[1:]))
