"""Networks train on PyTensor as they do on JAX: losses, metrics and predictions agree."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import lamina
from lamina import layers, models, optimizers

STEPS, BATCH = 20, 16


def _note():
    """The study note's network."""
    inputs = layers.Input(shape=(784,))
    x = layers.Dense(32, activation="relu")(inputs)
    model = models.Model(inputs, layers.Dense(10, activation="softmax")(x))
    model.compile(optimizers.RMSprop(0.001), "mse", metrics=["accuracy"])
    return model


def _words():
    recurrent = layers.Bidirectional(layers.GRU(5))
    model = models.Sequential(
        [layers.Embedding(20, 4), layers.LSTM(6, return_sequences=True), recurrent, layers.Dense(3)]
    )
    loss = lamina.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizers.Adam(0.01, clipnorm=1.0), loss)
    return model


def _images():
    model = models.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(3, 3, strides=2),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy")
    return model


def _data(name, count):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, count)
    if name == "words":
        return rng.integers(0, 20, (count, 7)), labels
    if name == "images":
        return rng.normal(size=(count, 8, 8, 2)).astype("float32"), labels
    noise = 0.3 * rng.normal(size=(count, 784))
    return (rng.random((3, 784))[labels] + noise).astype("float32"), np.eye(10, dtype="float32")[
        labels
    ]


MAKERS = {"note": _note, "words": _words, "images": _images}
LENGTHS = {"note": STEPS, "words": 5, "images": 5}


@functools.cache
def trained(name, backend):
    """The losses of some steps, what `evaluate` and `predict` give then, and those of an epoch of `fit`."""
    steps = LENGTHS[name]
    x, y = _data(name, steps * BATCH)
    with lamina.config.using_backend(backend):
        lamina.utils.set_random_seed(1)
        model = MAKERS[name]()
        losses = []
        for i in range(steps):
            rows = slice(i * BATCH, (i + 1) * BATCH)
            losses.append(model.train_on_batch(x[rows], y[rows], return_dict=True)["loss"])
        logs = model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True)
        outputs = model.predict(x[:BATCH], verbose=0)
        history = model.fit(x, y, batch_size=BATCH, verbose=0, shuffle=False).history
        return np.array(losses, float), logs, outputs, history["loss"]


@pytest.mark.parametrize("name", MAKERS)
def test_losses_are_those_on_jax(name):
    np.testing.assert_allclose(trained(name, "pytensor")[0], trained(name, "jax")[0], rtol=1e-5)


@pytest.mark.parametrize("name", MAKERS)
def test_evaluate_predict_and_fit_go_on_alike(name):
    _, logs, outputs, losses = trained(name, "pytensor")
    _, logs_on_jax, outputs_on_jax, losses_on_jax = trained(name, "jax")
    assert logs == pytest.approx(logs_on_jax, rel=1e-4)
    np.testing.assert_allclose(outputs, outputs_on_jax, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(losses, losses_on_jax, rtol=1e-4)
    assert losses[-1] < trained(name, "pytensor")[0][0]
