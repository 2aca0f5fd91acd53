"""Legacy `.h5` files of whole models go from Keras to lamina and back, and learn on as they would have."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina

random = np.random.default_rng(0)


def _stack(k):
    return k.Sequential(
        [
            k.layers.Input((8, 8, 1)),
            k.layers.Conv2D(3, 3, activation="relu", kernel_regularizer="l2"),
            k.layers.BatchNormalization(),
            k.layers.SeparableConv2D(4, 2),
            k.layers.Flatten(),
            k.layers.Dense(2, kernel_constraint="max_norm"),
        ]
    ), [random.random((6, 8, 8, 1))]


def _text(k):
    return k.Sequential(
        [
            k.layers.Input((5,), dtype="int32"),
            k.layers.Embedding(7, 3, mask_zero=True),
            k.layers.Bidirectional(k.layers.GRU(4, return_sequences=True)),
            k.layers.LSTM(4),
            k.layers.Dense(2),
        ]
    ), [random.integers(0, 7, (6, 5))]


def _nested(k):
    body = k.Sequential(
        [
            k.layers.Input((3, 4)),
            k.layers.Dense(3),
            k.layers.BatchNormalization(),
            k.layers.Dense(2),
        ],
        name="body",
    )
    body.layers[0].trainable = False
    a, b = k.layers.Input((3, 4), name="a"), k.layers.Input((3, 4), name="b")
    over_time = k.layers.TimeDistributed(k.layers.Dense(2))
    x = k.layers.Concatenate()([body(a), body(b), over_time(a)])
    x = k.layers.Add()([x, k.layers.MultiHeadAttention(2, 2)(x, x)])
    x = k.layers.GlobalAveragePooling1D()(x)
    return k.Model([a, b], k.layers.Dense(2)(x)), [random.random((6, 3, 4)) for _ in "ab"]


def _operators(k):
    x = k.layers.Input((4,), name="x")
    h = k.layers.Dense(4)(x) * x + x[:, :1]
    return k.Model(x, k.layers.Dense(2)(k.ops.concatenate([h, k.ops.relu(h)], axis=-1))), [
        random.random((6, 4))
    ]


def _odd(k):
    """What is written in another way than the rest: without `trainable`, under another name."""
    x = k.layers.Input((3, 4), name="x")
    h = k.layers.GroupQueryAttention(2, 2, 1)(x, x)
    h = k.layers.SpatialDropout1D(0.0)(h)
    return k.Model(x, k.layers.Dense(2)(k.layers.Flatten()(h))), [random.random((6, 3, 4))]


MODELS = [_stack, _text, _nested, _odd, _operators]
OPTIMIZERS = ["adam", "sgd", "rmsprop"]


def _trained(k, make, optimizer):
    k.utils.set_random_seed(3)
    model, x = make(k)
    optimizer = k.optimizers.SGD(0.1, momentum=0.9) if optimizer == "sgd" else optimizer
    loss = k.losses.Huber() if make is _odd else "mse"
    model.compile(optimizer, loss, metrics=["mae"])
    x = x if len(x) > 1 else x[0]
    y = np.ones((6, 2), "float32")
    for _ in range(2):
        model.train_on_batch(x, y)
    return model, x, y


def _same(a, b, x, y):
    np.testing.assert_allclose(a.predict(x, verbose=0), b.predict(x, verbose=0), atol=1e-5)
    losses = [[np.ravel(m.train_on_batch(x, y))[0] for _ in range(5)] for m in (a, b)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_from_keras(tmp_path, make, optimizer):
    theirs, x, y = _trained(keras, make, optimizer)
    theirs.save(tmp_path / "m.h5")
    ours = lamina.models.load_model(tmp_path / "m.h5")
    _same(theirs, ours, x, y)


@pytest.mark.parametrize("make", MODELS[:-1])  # Keras does not read its own files with operators
def test_to_keras(tmp_path, make):
    """Keras does not train a model from such a file, also if it is Keras' own: its optimizer has no slots."""
    ours, x, y = _trained(lamina, make, "adam")
    with pytest.warns(UserWarning, match="old format"):
        ours.save(tmp_path / "m.h5")
    theirs = keras.models.load_model(tmp_path / "m.h5")
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5)
    assert [layer.trainable for layer in theirs.layers] == [
        layer.trainable for layer in ours.layers
    ]
    ours, theirs = (model.evaluate(x, y, verbose=0) for model in (ours, theirs))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("make", MODELS)
def test_from_lamina(tmp_path, make):
    ours, x, y = _trained(lamina, make, "adam")
    with pytest.warns(UserWarning, match="old format"):
        ours.save(tmp_path / "m.h5")
    _same(ours, lamina.models.load_model(tmp_path / "m.h5"), x, y)


@pytest.mark.parametrize("make", MODELS[:-1])
def test_weights_by_name(tmp_path, make):
    theirs, x, _ = _trained(keras, make, "adam")
    theirs.save(tmp_path / "m.h5")
    ours, _ = make(lamina)
    for ours_layer, theirs_layer in zip(ours.layers, theirs.layers, strict=True):
        ours_layer.name = theirs_layer.name
    ours.load_weights(tmp_path / "m.h5", by_name=True)
    np.testing.assert_allclose(theirs.predict(x, verbose=0), ours.predict(x, verbose=0), atol=1e-5)


def test_long_lists_of_names_are_written_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("lamina.saving.legacy.writing._PIECE", 2)
    ours, x, _ = _trained(lamina, _stack, "adam")
    with pytest.warns(UserWarning, match="old format"):
        ours.save(tmp_path / "m.h5")
    for k in (keras, lamina):
        outputs = k.models.load_model(tmp_path / "m.h5").predict(x, verbose=0)
        np.testing.assert_allclose(outputs, ours.predict(x, verbose=0), atol=1e-5)
