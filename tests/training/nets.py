"""Small models and data for tests of training."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina
from lamina import layers, models


def draw(shape: tuple, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def labels(n: int, classes: int = 3, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, classes, n)


def dense(features: int = 4, units: int = 3, activation: Any = None) -> models.Sequential:
    return models.Sequential(
        [layers.Input((features,)), layers.Dense(units, activation=activation, name="out")],
        name="net",
    )


def mlp(features: int = 4, classes: int = 3) -> models.Sequential:
    return models.Sequential(
        [
            layers.Input((features,)),
            layers.Dense(16, activation="relu", name="hidden"),
            layers.Dense(classes, activation="softmax", name="out"),
        ],
        name="mlp",
    )


def two_outputs(name: str = "two") -> models.Model:
    """Two inputs, a shared layer, a concatenation, two outputs called `label` and `value`."""
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(6, activation="tanh", name="shared")
    joined = layers.Concatenate(name="joined")(
        [shared(a), shared(b), layers.Dense(3, name="alone")(a)]
    )
    label = layers.Dense(3, activation="softmax", name="label")(joined)
    value = layers.Dense(1, name="value")(joined)
    return models.Model([a, b], [label, value], name=name)


def two_data(n: int = 50) -> tuple[list, list]:
    a, b = draw((n, 4), 1), draw((n, 4), 2)
    return [a, b], [labels(n), (a[:, :1] + b[:, :1]).astype("float32")]


def numpy_mse(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Mean squared error of each row."""
    return np.mean((y - p) ** 2, axis=-1)


def assert_same_weights(one: Any, other: Any) -> None:
    for x, y in zip(_weights(one), _weights(other), strict=True):
        np.testing.assert_array_equal(x, y)


def weights_differ(one: Any, other: Any) -> bool:
    return any(np.any(x != y) for x, y in zip(_weights(one), _weights(other), strict=True))


def _weights(x: Any) -> list:
    return x.get_weights() if isinstance(x, lamina.Model) else x


class Seen(lamina.callbacks.Callback):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list = []
        self.batches: list = []

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("end", batch))
        self.batches.append(dict(logs))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(("epoch", epoch))
