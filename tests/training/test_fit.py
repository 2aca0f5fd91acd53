"""`fit`, `evaluate`, `predict`: what they compute, however they are run."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, models, optimizers
from tests.layers.checks import raises_with
from tests.training.nets import (
    assert_same_weights,
    dense,
    draw,
    labels,
    mlp,
    numpy_mse,
    weights_differ,
)


def test_it_learns_and_tells(trains):
    lamina.utils.set_random_seed(0)
    x = draw((200, 4))
    y = (x[:, 0] > 0).astype("int64") + (x[:, 1] > 0)
    model = mlp()
    model.compile(optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=20, batch_size=20, verbose=0)
    assert isinstance(history, lamina.callbacks.History) and model.history is history
    assert sorted(history.history) == ["accuracy", "loss"]
    assert history.epoch == list(range(20)) and len(history.history["loss"]) == 20
    assert all(type(value) is float for value in history.history["loss"])
    assert history.history["loss"][-1] < 0.6 * history.history["loss"][0]
    assert history.history["accuracy"][-1] > 0.8
    _, accuracy = model.evaluate(x, y, verbose=0)
    assert accuracy == pytest.approx(np.mean(model.predict(x, verbose=0).argmax(-1) == y), abs=1e-6)


def test_the_loss_of_an_epoch_is_the_mean_over_samples(trains):
    # The last batch is ragged; without learning the epoch's loss is that of all samples.
    model, x, y = dense(), draw((23, 4)), draw((23, 3))
    model.compile(optimizers.SGD(0.0), "mse", metrics=["mae"])
    expected = numpy_mse(y, model.predict(x, verbose=0))
    logs = model.fit(x, y, batch_size=5, verbose=0, preflight=False).history
    assert logs["loss"][0] == pytest.approx(expected.mean(), rel=1e-5)
    assert logs["mae"][0] == pytest.approx(np.abs(y - model.predict(x, verbose=0)).mean(), rel=1e-5)
    for size in (1, 4, 23, 100):
        assert model.evaluate(x, y, batch_size=size, verbose=0)[0] == pytest.approx(
            expected.mean(), rel=1e-5
        )


def test_evaluate_on_any_engine(engine):
    model, x, y = dense(), draw((23, 4)), draw((23, 3))
    model.compile("sgd", "mse", metrics=["mae"])
    p = model.predict(x, verbose=0)
    found = model.evaluate(x, y, batch_size=7, verbose=0, return_dict=True)
    assert found == pytest.approx(
        {"loss": numpy_mse(y, p).mean(), "mae": np.abs(y - p).mean()}, rel=1e-5
    )
    assert model.evaluate(x, y, verbose=0) == pytest.approx(list(found.values()), rel=1e-5)
    assert model.test_on_batch(x, y, return_dict=True).keys() == found.keys()


def test_evaluate_without_metrics_gives_a_number(engine):
    model = dense()
    model.compile("sgd", "mse")
    assert isinstance(model.evaluate(draw((9, 4)), draw((9, 3)), verbose=0), float)
    assert isinstance(model.test_on_batch(draw((9, 4)), draw((9, 3))), float)


def test_predict_in_batches_is_predict_at_once(engine):
    model, x = mlp(), draw((71, 4))
    whole = model.predict(x, batch_size=100, verbose=0)
    for size in (1, 8, 32, 70, 71):
        np.testing.assert_allclose(
            model.predict(x, batch_size=size, verbose=0), whole, rtol=1e-5, atol=1e-6
        )
    np.testing.assert_allclose(model.predict_on_batch(x), whole, rtol=1e-5, atol=1e-6)
    assert model.predict(x, batch_size=10, steps=2, verbose=0).shape == (20, 3)
    assert model.predict(x, batch_size=100, steps=1, verbose=0).shape == (71, 3)
    assert type(whole) is np.ndarray and whole.dtype == "float32"


def test_predict_needs_no_compile(engine):
    assert mlp().predict(draw((3, 4)), verbose=0).shape == (3, 3)


def test_predict_gives_arrays_of_its_own(engine):
    """What the user does to a result changes neither the model nor the data."""
    x = layers.Input((3,))
    model, data = models.Model(x, [x, x]), draw((5, 3))
    before = data.copy()
    found = model.predict(data, verbose=0)
    found[0][:] = 7
    np.testing.assert_array_equal(data, before)
    np.testing.assert_array_equal(found[1], before)


@pytest.mark.parametrize(
    "said", [{"run_eagerly": True}, {"jit_compile": False}, {"jit_compile": True}]
)
def test_however_it_is_run_the_result_is_the_same(said, trains):
    found = []
    for arguments in ({}, said):
        lamina.utils.set_random_seed(9)
        model = mlp()
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **arguments)
        model.fit(draw((40, 4)), labels(40), batch_size=8, epochs=2, verbose=0)
        found.append(
            [
                *model.get_weights(),
                model.predict(draw((40, 4)), verbose=0),
                model.evaluate(draw((40, 4)), labels(40), verbose=0),
            ]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_run_eagerly_runs_python_in_every_step(trains):
    calls = []

    class Talking(lamina.Layer):
        def call(self, inputs):
            calls.append(1)
            return inputs

    model = models.Sequential([layers.Input((4,)), Talking(), layers.Dense(3)])
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(draw((8, 4)), draw((8, 3)), verbose=0)
    calls.clear()
    model.fit(draw((80, 4)), draw((80, 3)), batch_size=8, verbose=0)
    assert len(calls) >= 10


def test_mixed_precision_trains(trains):
    lamina.utils.set_random_seed(0)
    lamina.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = mlp()
    finally:
        lamina.config.set_dtype_policy(None)
    model.compile(optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = draw((90, 4))
    y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)
    history = model.fit(x, y, epochs=10, verbose=0).history
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    assert all(v.dtype == "float32" for v in model.weights)
    assert model.predict(x, verbose=0).dtype.name == "bfloat16"


def test_compile_again_goes_on_with_the_weights(trains):
    model, x = mlp(), draw((40, 4))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, labels(40), verbose=0)
    before = model.get_weights()
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    assert_same_weights(before, model)
    logs = model.fit(x, np.eye(3)[labels(40)], verbose=0).history
    assert sorted(logs) == ["accuracy", "loss"]


def test_other_shapes_of_targets_than_before(trains):
    model = models.Sequential([layers.Dense(3)])
    model.compile("sgd", "mse")
    model.fit(draw((20, 5, 4)), draw((20, 5, 3)), verbose=0)
    model.fit(draw((20, 6, 4)), draw((20, 6, 3)), verbose=0)
    with raises_with(ValueError, "y_true has shape (None, 6, 3)", "y_pred (None, 5, 3)"):
        model.fit(draw((20, 5, 4)), draw((20, 6, 3)), verbose=0)


def test_an_optimizer_may_train_a_second_model(trains):
    optimizer = optimizers.Adam()
    for _ in range(2):
        model = mlp()
        model.compile(optimizer, "sparse_categorical_crossentropy")
        before = model.get_weights()
        model.fit(draw((20, 4)), labels(20), verbose=0)
        assert weights_differ(before, model)


def test_layers_added_after_training(trains):
    model, x = dense(), draw((20, 4))
    model.compile("adam", "mse")
    model.fit(x, draw((20, 3)), verbose=0)
    model.add(layers.Dense(2))
    model.fit(x, draw((20, 2)), verbose=0)
    assert model.predict(x, verbose=0).shape == (20, 2)
    model.pop()
    assert model.predict(x, verbose=0).shape == (20, 3)


def test_keyboard_interrupt_leaves_a_usable_model(trains):
    class Interrupt(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise KeyboardInterrupt

    model, x, y = mlp(), draw((40, 4)), labels(40)
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, batch_size=4, verbose=0, callbacks=[Interrupt()])
    assert int(model.optimizer.iterations) == 2
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"][0])
