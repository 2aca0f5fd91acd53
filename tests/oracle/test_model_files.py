"""`.keras` files go from Keras to lamina and back; training goes on with the same losses.

The zoo of all layers is in `test_zoo.py`; here is what belongs to whole models.
"""

from __future__ import annotations

import json
import zipfile

import keras
import numpy as np
import pytest

import lamina

X = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
Y = X[:, :1] * 2 - X[:, 1:2]
STEPS = 5


def _stack(k):
    model = k.Sequential(
        [k.Input((6,)), k.layers.Dense(5, activation="tanh"), k.layers.BatchNormalization()]
    )
    model.add(k.layers.Dense(1, kernel_regularizer="l2"))
    rate = k.optimizers.schedules.CosineDecay(0.05, 20)
    model.compile(k.optimizers.Adam(rate), "mse", metrics=["mae", k.metrics.RootMeanSquaredError()])
    return model, X, Y


def _several_outputs(k):
    a = k.Input((6,), name="a")
    shared = k.layers.Dense(4, activation="relu", name="shared")
    x = shared(k.ops.concatenate([shared(a), a[:, :2]], axis=-1))
    left = k.layers.Dense(1, name="left")(x)
    right = k.layers.Dense(1, activation="sigmoid", name="right")(x * 2.0)
    model = k.Model({"a": a}, {"left": left, "right": right})
    model.compile(
        k.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=1.0),
        loss={"left": k.losses.Huber(), "right": "binary_crossentropy"},
        loss_weights={"left": 1.0, "right": 0.3},
        weighted_metrics={"left": ["mse"]},
    )
    return model, {"a": X}, {"left": Y, "right": (Y > 0).astype("float32")}


def _averaged(k):
    model = k.Sequential([k.Input((6,)), k.layers.Dense(3), k.layers.Dense(1)])
    optimizer = k.optimizers.AdamW(0.02, use_ema=True, ema_momentum=0.9, global_clipnorm=2.0)
    model.compile(optimizer, "mean_absolute_error", run_eagerly=False, steps_per_execution=2)
    return model, X, Y


def _scaled(k):
    model = k.Sequential([k.Input((6,)), k.layers.Dense(3), k.layers.Dense(1)])
    model.compile(
        k.optimizers.LossScaleOptimizer(k.optimizers.RMSprop(0.01)), k.losses.MeanSquaredError()
    )
    return model, X, Y


def _list_outputs(k):
    a, b = k.Input((6,), name="a"), k.Input((6,), name="b")
    inner = k.Sequential([k.Input((6,)), k.layers.Dense(3, name="d")], name="inner")
    x, y = inner(a), inner(b)
    model = k.Model([a, b], [k.layers.Dense(1, name="p")(x), k.layers.Add(name="q")([x, y])])
    model.compile("adagrad", loss=["mse", None], metrics=[["mae"], None])
    return model, [X, X[::-1]], [Y, np.zeros((16, 3), "float32")]


def _frozen(k):
    model = k.Sequential(
        [k.Input((6,)), k.layers.Dense(3, trainable=False), k.layers.PReLU(), k.layers.Dense(1)]
    )
    model.compile(k.optimizers.Lion(0.01), "mse")
    return model, X, Y


MODELS = [_stack, _several_outputs, _averaged, _scaled, _list_outputs, _frozen]


def _losses(model, x, y):
    logs = []
    for _ in range(STEPS):
        model.reset_metrics()
        logs.append(model.train_on_batch(x, y, return_dict=True)["loss"])
    return np.asarray([float(loss) for loss in logs])


def _predicted(model, x):
    return [np.asarray(y) for y in lamina.tree.flatten(model.predict(x, verbose=0))]


def _equal(model, again, x, y):
    for a, b in zip(_predicted(model, x), _predicted(again, x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(_losses(again, x, y), _losses(model, x, y), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("make", MODELS)
def test_lamina_goes_on_with_what_keras_began(make, tmp_path):
    model, x, y = make(keras)
    _losses(model, x, y)
    model.save(tmp_path / "m.keras")
    again = lamina.models.load_model(tmp_path / "m.keras")
    assert int(again.optimizer.iterations) == int(model.optimizer.iterations)
    _equal(model, again, x, y)


@pytest.mark.parametrize("make", MODELS)
def test_keras_goes_on_with_what_lamina_began(make, tmp_path):
    model, x, y = make(lamina)
    _losses(model, x, y)
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:  # which Keras reads all the same
        assert json.loads(archive.read("metadata.json"))["lamina_version"] == lamina.__version__
    again = keras.models.load_model(tmp_path / "m.keras")
    assert int(again.optimizer.iterations) == int(model.optimizer.iterations)
    _equal(model, again, x, y)
