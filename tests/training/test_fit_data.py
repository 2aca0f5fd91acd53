"""Data for `fit`: dtypes, layouts, structures and sizes."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from tests.training.nets import (
    dense,
    draw,
    labels,
    mlp,
    two_data,
    two_outputs,
)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32", "int64", "uint8", "bool"])
def test_data_of_any_number_dtype(dtype, trains):
    x = (draw((40, 4)) > 0).astype(dtype)
    model = mlp()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    for y in (
        labels(40),
        labels(40).astype("uint8"),
        labels(40).astype("float32"),
        labels(40)[:, None],
    ):
        assert np.isfinite(model.fit(x, y, verbose=0).history["loss"][0])
    np.testing.assert_allclose(
        model.predict(x, verbose=0), model.predict(x.astype("float32"), verbose=0), rtol=1e-6
    )


def test_targets_of_any_number_dtype(trains):
    model, x = dense(units=1), draw((20, 4))
    model.compile("sgd", "mse")
    wanted = model.evaluate(x, np.arange(20, dtype="float32"), verbose=0)
    for dtype in ("float64", "int32", "int64", "uint8"):
        y = np.arange(20).astype(dtype)
        assert model.evaluate(x, y, verbose=0) == pytest.approx(wanted)
        assert model.evaluate(x, y[:, None], verbose=0) == pytest.approx(wanted)


def test_python_lists_and_native_arrays(trains):
    model, x, y = dense(units=1), draw((20, 4)), draw((20, 1))
    model.compile("sgd", "mse")
    wanted = model.evaluate(x, y, verbose=0)
    assert model.evaluate(x.tolist(), y.tolist(), verbose=0) == pytest.approx(wanted)
    native = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    assert model.evaluate(*native, verbose=0) == pytest.approx(wanted)
    model.fit(*native, verbose=0)
    np.testing.assert_allclose(
        model.predict(native[0], verbose=0), model.predict(x, verbose=0), rtol=1e-6
    )


def test_read_only_and_strided_arrays(trains):
    model = dense(units=1)
    model.compile("sgd", "mse")
    x, y = draw((40, 8))[::2, ::2], draw((20, 1))
    x.flags.writeable = y.flags.writeable = False
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"][0])
    np.testing.assert_allclose(
        model.predict(x, verbose=0), model.predict(x.copy(), verbose=0), rtol=1e-6
    )


def test_lists_and_dicts_of_inputs_and_outputs(trains):
    (a, b), (label, value) = two_data()
    ways = [
        ([a, b], [label, value]),
        ((a, b), (label, value)),
        ({"a": a, "b": b}, {"label": label, "value": value}),
        ({"b": b, "a": a}, {"value": value, "label": label}),
    ]
    found = []
    for x, y in ways:
        lamina.utils.set_random_seed(2)
        model = two_outputs()
        model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
        history = model.fit(x, y, epochs=2, batch_size=16, verbose=0).history
        found.append([history["loss"], model.evaluate(x, y, verbose=0), model.train_on_batch(x, y)])
    for other in found[1:]:
        assert np.concatenate([np.ravel(v) for v in other]) == pytest.approx(
            np.concatenate([np.ravel(v) for v in found[0]]), rel=1e-6
        )


def test_one_sample_and_batches_larger_than_the_data(trains):
    model = mlp()
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert (
        len(model.fit(draw((1, 4)), labels(1), epochs=3, batch_size=64, verbose=0).history["loss"])
        == 3
    )


@pytest.mark.parametrize("shuffle", [True, False])
def test_what_is_written_into_x_during_training_counts_from_the_next_batch_on(
    trains, shuffle, monkeypatch
):
    monkeypatch.setattr("lamina.feeds.ahead.SLOW", 60)  # slow sources are read two chunks ahead
    x, y = np.ones((32, 2), "float32"), np.zeros((32, 1), "float32")

    class Overwrite(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            x[...] = 0

    model = lamina.Sequential([layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(lamina.optimizers.SGD(0.0), "mse")
    seen = lamina.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"])
    )
    losses = []
    model.fit(x, y, 16, verbose=0, shuffle=shuffle, callbacks=[Overwrite(), seen], preflight=False)
    assert losses == [4.0, 2.0]  # running means of 4 and 0
