"""Training beside Keras on JAX: same weights, same batches, the same course."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

import lamina

RNG = np.random.default_rng(0)
N, BATCH, EPOCHS = 80, 16, 4  # 20 steps


def _mlp(k):
    inputs = k.layers.Input((6,))
    hidden = k.layers.Dense(8, activation="tanh", kernel_regularizer="l2")(inputs)
    return k.Model(inputs, k.layers.Dense(3, activation="softmax")(hidden))


def _cnn(k):
    return k.Sequential(
        [
            k.layers.Input((8, 8, 2)),
            k.layers.Conv2D(4, 3, padding="same", activation="relu"),
            k.layers.BatchNormalization(),
            k.layers.MaxPooling2D(),
            k.layers.Conv2D(3, 3),
            k.layers.GlobalAveragePooling2D(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def _lstm(k):
    return k.Sequential(
        [
            k.layers.Input((7,), dtype="int32"),
            k.layers.Embedding(10, 4, mask_zero=True),
            k.layers.LSTM(5),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def _branches(k):
    a, b = k.layers.Input((6,), name="a"), k.layers.Input((6,), name="b")
    shared = k.layers.Dense(4, activation="relu", name="shared")
    joined = k.layers.Concatenate()([shared(a), shared(b), k.layers.Dense(2)(a)])
    left = k.layers.Dense(3, activation="softmax", name="left")(joined)
    right = k.layers.Dense(1, name="right")(joined)
    return k.Model([a, b], [left, right])


def _labels():
    return RNG.integers(0, 3, N)


def _floats(*shape):
    return RNG.normal(size=shape).astype("float32")


ONE = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
NETS = {
    "mlp": (_mlp, lambda: (_floats(N, 6), _labels()), ONE),
    "cnn": (_cnn, lambda: (_floats(N, 8, 8, 2), _labels()), ONE),
    "lstm": (_lstm, lambda: (RNG.integers(0, 10, (N, 7)), _labels()), ONE),
    "branches": (
        _branches,
        lambda: ([_floats(N, 6), _floats(N, 6)], [_labels(), _floats(N, 1)]),
        {
            "loss": ["sparse_categorical_crossentropy", "mse"],
            "loss_weights": [0.3, 2.0],
            "metrics": [["accuracy"], ["mae"]],
        },
    ),
}
OPTIMIZERS = {
    "sgd": lambda k: k.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda k: k.optimizers.RMSprop(0.003),
    "adam": lambda k: k.optimizers.Adam(0.01, clipnorm=1.0),
    "adamw": lambda k: k.optimizers.AdamW(0.01),
}


def _pair(net, optimizer, **compile_):
    make, data, arguments = NETS[net]
    with lamina.config.using_backend("jax"):
        models = make(keras), make(lamina)
        models[1].set_weights(models[0].get_weights())
        for k, model in zip((keras, lamina), models, strict=True):
            model.compile(OPTIMIZERS[optimizer](k), **{**arguments, **compile_})
    return models, data()


def _fit_both(models, x, y, **fit):
    arguments = {"batch_size": BATCH, "epochs": EPOCHS, "shuffle": False, "verbose": 0, **fit}
    with lamina.config.using_backend("jax"):
        return [model.fit(x, y, **arguments).history for model in models]


def _same_history(theirs, ours, rtol=1e-5):
    assert set(ours) == set(theirs)
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=rtol, atol=1e-6, err_msg=name)


def _same_weights(theirs, ours, atol=2e-5):
    for one, other in zip(theirs.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=atol * max(1, np.abs(one).max()))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("net", NETS)
def test_twenty_steps(net, optimizer):
    models, (x, y) = _pair(net, optimizer)
    theirs, ours = _fit_both(models, x, y, validation_data=(x, y))
    _same_history(theirs, ours, rtol=1e-4)
    _same_weights(*models)


@pytest.mark.parametrize("net", NETS)
def test_evaluate_and_predict(net):
    models, (x, y) = _pair(net, "sgd")
    with lamina.config.using_backend("jax"):
        theirs, ours = (m.evaluate(x, y, verbose=0, return_dict=True) for m in models)
        assert set(theirs) == set(ours)
        for name in theirs:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5)
        listed = [m.evaluate(x, y, verbose=0) for m in models]
        np.testing.assert_allclose(sorted(listed[1]), sorted(listed[0]), rtol=1e-5)
        outputs = [m.predict(x, verbose=0, batch_size=30) for m in models]
    for one, other in zip(
        keras.tree.flatten(outputs[0]), keras.tree.flatten(outputs[1]), strict=True
    ):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("how", ["sample_weight", "class_weight"])  # Keras takes one of them
def test_weighted_training(how):
    models, (x, y) = _pair("mlp", "sgd", weighted_metrics=["accuracy"])
    weights = {}
    if how == "sample_weight":
        weights["sample_weight"] = RNG.random(N).astype("float32")
    if how == "class_weight":
        weights["class_weight"] = {0: 0.5, 1: 2.0, 2: 1.0}
    theirs, ours = _fit_both(models, x, y, **weights)
    # Both log a plain and a weighted accuracy; only the labels of the two may differ.
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
    _same_weights(*models)


def test_a_ragged_last_batch():
    models, (x, y) = _pair("mlp", "adam")
    theirs, ours = _fit_both(models, x[:75], y[:75], batch_size=32)
    _same_history(theirs, ours, rtol=1e-4)
    _same_weights(*models)


def test_on_batch_methods():
    models, (x, y) = _pair("mlp", "rmsprop")
    with lamina.config.using_backend("jax"):
        for start in range(0, N, BATCH):
            piece = slice(start, start + BATCH)
            theirs, ours = (m.train_on_batch(x[piece], y[piece]) for m in models)
            np.testing.assert_allclose(ours, theirs, rtol=1e-4)
        theirs, ours = (m.test_on_batch(x, y, return_dict=True) for m in models)
        for name in theirs:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4)
        np.testing.assert_allclose(
            models[1].predict_on_batch(x), models[0].predict_on_batch(x), rtol=1e-4, atol=1e-6
        )
