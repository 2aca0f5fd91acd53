"""`fit`, `evaluate`, `predict` and the methods for one batch."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, losses, metrics, models, ops, optimizers
from tests.layers.checks import raises_with
from tests.training.nets import (
    Seen,
    assert_same_weights,
    dense,
    draw,
    labels,
    mlp,
    two_data,
    two_outputs,
    weights_differ,
)


def numpy_mse(y, p):
    return np.mean((y - p) ** 2, axis=-1)


# Learning, and what comes back.


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


# Data.


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


def test_data_larger_than_what_stays_on_the_device(trains, monkeypatch):
    from lamina.training.data import arrays

    found = []
    for limit in (arrays.RESIDENT_BYTES, 10):
        monkeypatch.setattr(arrays, "RESIDENT_BYTES", limit)
        lamina.utils.set_random_seed(3)
        model = mlp()
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(
            draw((70, 4)),
            labels(70),
            batch_size=16,
            epochs=2,
            verbose=0,
            sample_weight=np.linspace(0, 1, 70),
        )
        found.append(model.get_weights())
    assert_same_weights(*found)


# Shuffling.


class Order(models.Model):
    """Its loss is the mean of its input, so that logs tell which samples came."""

    def __init__(self):
        super().__init__()
        self.w = self.add_weight((), initializer="ones", name="w")

    def call(self, x):
        return x * self.w


def order(shuffle, n=12, size=4, epochs=2):
    lamina.utils.set_random_seed(7)
    seen, model = [], Order()

    def see(y, p):
        return p

    class Note(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs):
            seen.append(logs["loss"] * (batch + 1))

    model.compile(optimizers.SGD(0.0), see)
    x = np.arange(1.0, n + 1, dtype="float32")[:, None]
    model.fit(x, x, batch_size=size, epochs=epochs, shuffle=shuffle, verbose=0, callbacks=[Note()])
    return np.round(np.array(seen).reshape(epochs, -1), 3)


def test_no_shuffling_keeps_the_order(trains):
    np.testing.assert_allclose(order(False)[0], [2.5, 9.0, 19.5 + 0.0], rtol=0.2)
    np.testing.assert_array_equal(order(False)[0], order(False)[1])


def test_shuffling_is_new_each_epoch_and_the_same_by_seed(trains):
    found = order(True, n=64)
    assert np.any(found[0] != found[1])
    np.testing.assert_array_equal(found, order(True, n=64))
    with lamina.config.using_backend("jax"):
        np.testing.assert_allclose(found, order(True, n=64), rtol=1e-5)


def test_shuffling_batches_keeps_them_whole(trains):
    # Sums of four numbers in a row are 4k + 10 for the batch that begins at k.
    found = order("batch", n=16, epochs=3)
    means = np.diff(found, axis=1, prepend=0)
    assert all(sorted(np.round(row, 1)) == [2.5, 6.5, 10.5, 14.5] for row in means)


# Validation.


def test_validation_data_and_split_agree(trains):
    x, y = draw((50, 4)), labels(50)
    found = []
    for said in ({"validation_split": 0.2}, {"validation_data": (x[40:], y[40:])}):
        lamina.utils.set_random_seed(1)
        model = mlp()
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        data = (x, y) if "validation_split" in said else (x[:40], y[:40])
        found.append(model.fit(*data, epochs=2, verbose=0, batch_size=8, **said).history)
    assert list(found[0]) == ["loss", "accuracy", "val_loss", "val_accuracy"] or sorted(
        found[0]
    ) == sorted(["accuracy", "loss", "val_accuracy", "val_loss"])
    for name in found[0]:
        assert found[0][name] == pytest.approx(found[1][name], rel=1e-6)
    assert found[0]["val_loss"][-1] == pytest.approx(
        model.evaluate(x[40:], y[40:], verbose=0)[0], rel=1e-5
    )


def test_validation_with_weights_in_lists_and_by_frequency(trains):
    x, y = draw((30, 4)), draw((30, 3))
    model = dense()
    model.compile("sgd", "mse")
    weight = np.arange(10.0)
    seen = model.fit(
        x, y, epochs=4, verbose=0, validation_freq=2, validation_data=[x[:10], y[:10], weight]
    ).history
    assert len(seen["loss"]) == 4 and len(seen["val_loss"]) == 2
    assert seen["val_loss"][-1] == pytest.approx(
        model.evaluate(x[:10], y[:10], sample_weight=weight, verbose=0)
    )
    seen = model.fit(
        x, y, epochs=4, verbose=0, validation_freq=[1, 4], validation_data=(x, y)
    ).history
    assert len(seen["val_loss"]) == 2
    seen = model.fit(
        x, y, verbose=0, validation_data=(x, y), validation_steps=1, validation_batch_size=5
    ).history
    assert seen["val_loss"][0] == pytest.approx(model.evaluate(x[:5], y[:5], verbose=0), rel=1e-5)


def test_the_split_takes_the_last_samples_of_structures(trains):
    x, y = two_data(20)
    model = two_outputs()
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    history = model.fit(x, y, validation_split=0.25, verbose=0).history
    tail = model.evaluate(
        [part[15:] for part in x], [part[15:] for part in y], verbose=0, return_dict=True
    )
    assert history["val_loss"][0] == pytest.approx(tail["loss"], rel=1e-5)


# Weights of samples and classes.


def test_sample_weights_scale_the_loss(trains):
    model, x, y = dense(), draw((40, 4)), draw((40, 3))
    weight = np.linspace(0, 2, 40)
    model.compile(
        optimizers.SGD(0.0), "mse", metrics=["mse", "mse"], weighted_metrics=["mae", "mse"]
    )
    p = model.predict(x, verbose=0)
    logs = model.evaluate(x, y, sample_weight=weight, batch_size=10, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(np.mean(numpy_mse(y, p) * weight), rel=1e-4)
    assert logs["mse"] == pytest.approx(np.mean(numpy_mse(y, p)), rel=1e-4)
    assert logs["mse_1"] == logs["mse"]  # no metric hides another
    assert logs["weighted_mse"] == pytest.approx(
        np.average(numpy_mse(y, p), weights=weight), rel=1e-4
    )
    assert logs["mae"] == pytest.approx(
        np.average(np.abs(y - p).mean(-1), weights=weight), rel=1e-4
    )
    assert model.fit(x, y, sample_weight=weight, batch_size=40, verbose=0).history["loss"][
        0
    ] == pytest.approx(logs["loss"], rel=1e-4)


def test_class_weights_are_sample_weights_by_class(trains):
    x, y = draw((40, 4)), labels(40)
    by_class = {0: 1.0, 1: 5.0, 2: 0.5}
    weight = np.array([by_class[c] for c in y])
    found = []
    for target, said in (
        (y, {"class_weight": by_class}),
        (y[:, None], {"class_weight": by_class}),
        (y, {"sample_weight": weight}),
        (y, {"sample_weight": weight / 2, "class_weight": dict.fromkeys(range(3), 2.0)}),
    ):
        lamina.utils.set_random_seed(4)
        model = mlp()
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, target, batch_size=8, epochs=2, verbose=0, **said)
        found.append(model.get_weights())
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def test_class_weights_of_one_hot_targets(trains):
    x, y = draw((40, 4)), labels(40)
    model = mlp()
    model.compile("sgd", "categorical_crossentropy")
    one_hot = np.eye(3, dtype="float32")[y]
    by_class = {0: 0.0, 1: 1.0, 2: 0.0}
    loss = model.train_on_batch(x, one_hot, class_weight=by_class)
    fresh = model.test_on_batch
    assert np.isfinite(loss) and callable(fresh)
    model.reset_metrics()
    expected = model.evaluate(x, one_hot, sample_weight=(y == 1).astype("float32"), verbose=0)
    model.compile(optimizers.SGD(0.0), "categorical_crossentropy")
    assert model.train_on_batch(x, one_hot, class_weight=by_class) == pytest.approx(
        expected, rel=1e-5
    )


def test_sample_weights_per_output(trains):
    (x, y), n = two_data(), 50
    model = two_outputs()
    model.compile(optimizers.SGD(0.0), ["sparse_categorical_crossentropy", "mse"])
    weight = {"label": np.zeros(n), "value": np.ones(n)}
    by_name = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
    by_place = model.evaluate(
        x, y, sample_weight=[np.zeros(n), np.ones(n)], verbose=0, return_dict=True
    )
    for_all = model.evaluate(x, y, sample_weight=np.ones(n), verbose=0, return_dict=True)
    assert by_name == pytest.approx(by_place) and by_name["label_loss"] == 0
    assert for_all["value_loss"] == pytest.approx(by_name["value_loss"])


# Steps and epochs.


def test_steps_per_epoch_and_initial_epoch(trains):
    model, seen = mlp(), Seen()
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(
        draw((40, 4)),
        labels(40),
        batch_size=10,
        epochs=5,
        initial_epoch=3,
        steps_per_epoch=2,
        verbose=0,
        callbacks=[seen],
    )
    assert history.epoch == [3, 4]
    assert seen.calls == [
        *[("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("epoch", 3)],
        *[("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("epoch", 4)],
    ]
    assert int(model.optimizer.iterations) == 4


@pytest.mark.parametrize("together", [1, 2, 3, 100])
def test_steps_per_execution_change_nothing_but_the_calls(together, trains):
    lamina.utils.set_random_seed(1)
    model, seen = mlp(), Seen()
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=together)
    model.fit(draw((73, 4)), labels(73), batch_size=10, epochs=2, verbose=0, callbacks=[seen])
    if together > 1:
        lamina.utils.set_random_seed(1)
        plain = mlp()
        plain.compile("adam", "sparse_categorical_crossentropy")
        plain.fit(draw((73, 4)), labels(73), batch_size=10, epochs=2, verbose=0)
        for one, other in zip(model.get_weights(), plain.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        assert len(seen.batches) < 16
    else:
        assert len(seen.batches) == 16
    assert int(model.optimizer.iterations) == 16


def test_batch_callbacks_see_every_batch(trains):
    model, seen = dense(), Seen()
    model.compile(optimizers.SGD(0.0), "mse")
    x, y = draw((12, 4)), draw((12, 3))
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[seen])
    each = numpy_mse(y, model.predict(x, verbose=0)).reshape(3, 4).mean(1)
    running = np.cumsum(each) / np.arange(1, 4)
    assert [logs["loss"] for logs in seen.batches] == pytest.approx(running, rel=1e-5)


def test_stop_training_stops(trains):
    class Stop(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                self.model.stop_training = True

    model = mlp()
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(
        draw((40, 4)), labels(40), batch_size=4, epochs=5, verbose=0, callbacks=[Stop()]
    )
    assert int(model.optimizer.iterations) == 2 and history.epoch == [0]
    model.fit(draw((40, 4)), labels(40), batch_size=4, verbose=0)  # and the next fit goes on
    assert int(model.optimizer.iterations) == 12


def test_a_learning_rate_set_between_epochs_acts(trains):
    x, y = draw((20, 4)), draw((20, 3))

    class Halt(lamina.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.after = []

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate = 0.0

        def on_epoch_end(self, epoch, logs=None):
            self.after.append(self.model.get_weights())

    model, halt = dense(), Halt()
    model.compile(optimizers.SGD(0.1), "mse")
    before = model.get_weights()
    model.fit(x, y, epochs=3, verbose=0, callbacks=[halt])
    assert weights_differ(before, halt.after[0])
    assert_same_weights(halt.after[0], halt.after[2])


def test_a_schedule_as_learning_rate(trains):
    model = dense()
    model.compile(optimizers.SGD(lambda step: ops.where(step < 2, 0.1, 0.0)), "mse")
    x, y = draw((40, 4)), draw((40, 3))
    model.fit(x, y, batch_size=20, verbose=0)
    before = model.get_weights()
    model.fit(x, y, batch_size=20, verbose=0)
    assert_same_weights(before, model)


# One batch.


def test_methods_for_one_batch(trains):
    model, x, y = mlp(), draw((16, 4)), labels(16)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.train_on_batch(x, y)
    logs = model.train_on_batch(x, y, return_dict=True)
    assert sorted(logs) == ["accuracy", "loss"] and np.isfinite(loss) and 0 <= accuracy <= 1
    assert int(model.optimizer.iterations) == 2
    model.reset_metrics()
    assert model.test_on_batch(x, y) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-5)
    assert model.predict_on_batch(x).shape == (16, 3)
    weight = np.ones(16)
    assert model.train_on_batch(x, y, sample_weight=weight)[0] > 0
    assert model.metrics_names == ["loss", "accuracy"]


def test_train_on_batch_is_fit_by_hand(trains):
    x, y = draw((40, 4)), labels(40)
    models_ = []
    for by_hand in (False, True):
        lamina.utils.set_random_seed(6)
        model = mlp()
        model.compile("adam", "sparse_categorical_crossentropy")
        if by_hand:
            for _ in range(2):
                for start in range(0, 40, 10):
                    model.train_on_batch(x[start : start + 10], y[start : start + 10])
        else:
            model.fit(x, y, batch_size=10, epochs=2, shuffle=False, verbose=0)
        models_.append(model)
    for one, other in zip(*(m.get_weights() for m in models_), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


# Losses and metrics.


def test_several_losses_are_one_weighted_sum(trains):
    x, y = two_data()
    for loss, loss_weights in (
        (["sparse_categorical_crossentropy", "mse"], [0.5, 3.0]),
        (
            {"value": "mse", "label": "sparse_categorical_crossentropy"},
            {"value": 3.0, "label": 0.5},
        ),
        ({"value": "mse", "label": "sparse_categorical_crossentropy"}, [0.5, 3.0]),
        (
            [losses.SparseCategoricalCrossentropy(), losses.mean_squared_error],
            {"value": 3.0, "label": 0.5},
        ),
    ):
        model = two_outputs()
        model.compile("adam", loss, loss_weights)
        for logs in (
            {
                k: v[-1]
                for k, v in model.fit(x, y, verbose=0, batch_size=20, epochs=2).history.items()
            },
            model.evaluate(x, y, verbose=0, return_dict=True),
        ):
            assert sorted(logs) == ["label_loss", "loss", "value_loss"]
            assert logs["loss"] == pytest.approx(
                0.5 * logs["label_loss"] + 3 * logs["value_loss"], rel=1e-5
            )


def test_an_output_without_a_loss(trains):
    x, y = two_data()
    model = two_outputs()
    model.compile("sgd", {"value": "mse"})
    before = model.get_layer("label").get_weights()
    logs = model.fit(x, y, verbose=0).history
    assert sorted(logs) == ["loss"] or sorted(logs) == ["loss", "value_loss"]
    assert_same_weights(before, model.get_layer("label").get_weights())


def test_metrics_per_output(trains):
    x, y = two_data()
    model = two_outputs()
    for said, expected in (
        (
            {"label": ["accuracy"], "value": ["mae", "mse"]},
            ["label_accuracy", "value_mae", "value_mse"],
        ),
        ([["accuracy"], ["mae"]], ["label_accuracy", "value_mae"]),
        ({"label": "accuracy"}, ["label_accuracy"]),
        ([None, metrics.MeanSquaredError(name="off")], ["value_off"]),
        ([["accuracy"], []], ["label_accuracy"]),
    ):
        model.compile("sgd", ["sparse_categorical_crossentropy", "mse"], metrics=said)
        logs = model.evaluate(x, y, verbose=0, return_dict=True)
        assert sorted(set(logs) - {"loss", "label_loss", "value_loss"}) == expected


def test_accuracy_is_what_the_shapes_say(trains):
    x = draw((30, 4))
    for units, y, kind in (
        (3, labels(30), metrics.SparseCategoricalAccuracy),
        (3, labels(30)[:, None], metrics.SparseCategoricalAccuracy),
        (3, np.eye(3, dtype="float32")[labels(30)], metrics.CategoricalAccuracy),
        (1, labels(30, 2).astype("float32"), metrics.BinaryAccuracy),
        (1, labels(30, 2)[:, None], metrics.BinaryAccuracy),
    ):
        model = dense(units=units, activation="sigmoid")
        loss = (
            {3: "mse", 1: "binary_crossentropy"}[units]
            if y.ndim == 2 and y.shape[-1] == units
            else "sparse_categorical_crossentropy"
        )
        loss = "binary_crossentropy" if units == 1 else loss
        model.compile("sgd", loss, metrics=["accuracy"])
        found = model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"]
        assert type(model.metrics[1]) is kind
        p = model.predict(x, verbose=0)
        wanted = (
            (p.argmax(-1) == labels(30)).mean()
            if units == 3
            else ((p > 0.5) == y.reshape(30, 1)).mean()
        )
        assert found == pytest.approx(wanted, abs=1e-6)


def test_metric_names_aliases_and_objects(engine):
    model, x, y = dense(), draw((20, 4)), draw((20, 3))

    def largest(y_true, y_pred):
        return ops.max(ops.abs(y_true - y_pred), axis=-1)

    model.compile(
        "sgd",
        "mse",
        metrics=["mse", metrics.MeanSquaredError(name="again"), largest, "MeanSquaredError"],
    )
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    p = model.predict(x, verbose=0)
    assert logs["largest"] == pytest.approx(np.abs(y - p).max(-1).mean(), rel=1e-5)
    assert logs["mse"] == pytest.approx(logs["again"]) == pytest.approx(logs["loss"])


def test_a_loss_function_of_ones_own(trains):
    model, x, y = dense(), draw((20, 4)), draw((20, 3))

    def cubic(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred) ** 3, axis=-1)

    class Cubic(losses.Loss):
        def call(self, y_true, y_pred):
            return cubic(y_true, y_pred)

    for loss in (cubic, Cubic()):
        model.compile(optimizers.SGD(0.0), loss)
        p = model.predict(x, verbose=0)
        expected = np.mean(np.abs(y - p) ** 3)
        assert model.evaluate(x, y, batch_size=4, verbose=0) == pytest.approx(expected, rel=1e-5)
        assert model.fit(x, y, batch_size=4, verbose=0).history["loss"][0] == pytest.approx(
            expected, rel=1e-5
        )


def test_reduction_sum(trains):
    model, x, y = dense(), draw((20, 4)), draw((20, 3))
    model.compile(optimizers.SGD(0.0), losses.MeanSquaredError(reduction="sum"))
    expected = numpy_mse(y, model.predict(x, verbose=0)).sum()
    assert model.evaluate(x, y, batch_size=20, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_regularizers_and_added_losses_are_in_the_loss(trains):
    class Add(lamina.Layer):
        def call(self, inputs):
            self.add_loss(ops.mean(inputs**2))
            return inputs

    x, y = draw((20, 4)), draw((20, 3))
    model = models.Sequential(
        [layers.Input((4,)), Add(), layers.Dense(3, kernel_regularizer=lamina.regularizers.L2(0.1))]
    )
    model.compile(optimizers.SGD(0.0), "mse")
    p = model.predict(x, verbose=0)
    expected = numpy_mse(y, p).mean() + np.mean(x**2) + 0.1 * np.sum(model.get_weights()[0] ** 2)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.fit(x, y, verbose=0, batch_size=20).history["loss"][0] == pytest.approx(
        expected, rel=1e-5
    )
    assert model.train_on_batch(x, y) == pytest.approx(expected, rel=1e-5)


def test_losses_of_layers_alone_are_enough(trains):
    class Own(models.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            found = self.dense(x)
            self.add_loss(ops.mean(found**2))
            return found

    model = Own()
    model.compile(optimizers.SGD(0.1))
    history = model.fit(draw((40, 3)), epochs=5, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_a_metric_that_a_model_holds(trains):
    class Counting(models.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)
            self.size = metrics.Mean(name="size")

        def call(self, x):
            found = self.dense(x)
            self.size.update_state(ops.mean(ops.abs(found)))
            return found

    model = Counting()
    model.compile(optimizers.SGD(0.0), "mse")
    x = draw((32, 3))
    logs = model.fit(x, draw((32, 2)), verbose=0).history
    assert logs["size"][0] == pytest.approx(np.abs(model.predict(x, verbose=0)).mean(), rel=1e-5)


# Freezing.


def test_freezing_after_compile_holds_the_weights_and_thawing_lets_them_go(trains):
    x, y = draw((40, 4)), labels(40)
    model = mlp()
    model.compile("adam", "sparse_categorical_crossentropy")
    hidden = model.get_layer("hidden")
    model.fit(x, y, verbose=0)
    before = model.get_weights()
    hidden.trainable = False
    model.fit(x, y, epochs=2, verbose=0)
    model.train_on_batch(x, y)
    after = model.get_weights()
    assert_same_weights(before[:2], after[:2])
    assert weights_differ(before[2:], after[2:])
    hidden.trainable = True
    model.fit(x, y, verbose=0)
    assert weights_differ(after[:2], model.get_weights()[:2])
    assert int(model.optimizer.iterations) == 9


def test_thawing_a_layer_that_was_frozen_at_first(trains):
    x, y = draw((40, 4)), labels(40)
    model = mlp()
    model.layers[0].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    before = model.get_weights()
    model.layers[0].trainable = True
    model.fit(x, y, verbose=0)
    assert weights_differ(before[:2], model.get_weights()[:2])


# Layers that behave otherwise in training.


def test_dropout_and_batch_normalization(trains):
    x, y = draw((60, 4)) * 3 + 5, labels(60)
    model = models.Sequential(
        [
            layers.Input((4,)),
            layers.BatchNormalization(momentum=0.5),
            layers.Dense(8),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    norm = model.layers[0]
    model.fit(x, y, epochs=6, batch_size=20, verbose=0)
    np.testing.assert_allclose(ops.convert_to_numpy(norm.moving_mean), x.mean(0), rtol=0.3)
    assert_same_weights([model.predict(x, verbose=0)], [model.predict(x, verbose=0)])  # no dropout
    moved = norm.get_weights()[2:]
    model.evaluate(x, y, verbose=0)
    assert_same_weights(moved, norm.get_weights()[2:])  # evaluation moves no average


def test_dropout_draws_anew_in_every_step_and_again_by_seed(trains):
    class Kept(models.Model):
        def __init__(self):
            super().__init__()
            self.drop = layers.Dropout(0.5)
            self.w = self.add_weight((), initializer="ones")

        def call(self, x):
            return self.drop(x) * self.w

    def losses_of_batches():
        lamina.utils.set_random_seed(11)
        model, seen = Kept(), Seen()
        model.compile(optimizers.SGD(0.0), lambda y, p: ops.mean(p, -1))
        model.fit(
            np.ones((40, 50), "float32"),
            np.ones((40, 50), "float32"),
            batch_size=4,
            verbose=0,
            callbacks=[seen],
        )
        found = np.array([logs["loss"] for logs in seen.batches]) * np.arange(1, 11)
        return np.diff(found, prepend=0)

    first = losses_of_batches()
    assert len(set(np.round(first, 4))) > 5
    np.testing.assert_array_equal(first, losses_of_batches())


# A step of one's own.


def test_a_train_step_written_once(trains):
    from lamina.autodiff import value_and_grad

    class Own(models.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3, name="out")

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, y = data
            variables = self.trainable_variables
            loss, grads = value_and_grad(
                lambda: ops.mean((self(x, training=True) - y) ** 2), variables=variables
            )()
            self.optimizer.apply(grads, variables)
            return {"my_loss": loss}

    x, y = draw((40, 4)), draw((40, 3))
    lamina.utils.set_random_seed(8)
    own, plain = Own(), dense()
    own(x)
    plain.set_weights(own.get_weights())
    for model, loss in ((own, None), (plain, "mse")):
        model.compile("sgd", loss)
        logs = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
        assert list(logs) == ["loss" if loss else "my_loss"]
    for one, other in zip(own.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_predict_step_gets_its_batch_as_keras_gives_it(backend):
    class Own(models.Model):
        def call(self, x):
            return sum(x) if isinstance(x, list) else x * 1.0

        def predict_step(self, data):
            got.append(type(data))
            return self(data[0] if isinstance(data, tuple) else data)

    got, x = [], draw((5, 3))
    np.testing.assert_allclose(Own().predict(x, verbose=0), x)
    np.testing.assert_allclose(Own().predict([x, x], batch_size=2, verbose=0), 2 * x, rtol=1e-6)
    assert tuple in got and got[0] is not tuple


def test_a_step_in_the_style_of_another_engine_is_refused():
    class Own(models.Model):
        def call(self, x):
            return x

        def train_step(self, state, data):
            return {}, state

    with pytest.raises(TypeError, match=r"Own.train_step\(self, state, data\) must take one batch"):
        Own().compile("sgd", "mse")


def test_the_compiled_loss_in_a_loop_of_ones_own(trains):
    model, x, y = dense(), draw((8, 4)), draw((8, 3))
    model.compile("sgd", "mse")  # and no `fit`
    p = model(x)
    assert float(model.compute_loss(x, y, p)) == pytest.approx(
        np.mean(numpy_mse(y, ops.convert_to_numpy(p))), rel=1e-5
    )
    assert model.evaluate(x, y, verbose=0) > 0


def test_compute_loss_of_ones_own(trains):
    class Own(models.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return ops.mean(ops.abs(y - y_pred))

    model, x, y = Own(), draw((40, 4)), draw((40, 3))
    model.compile(optimizers.SGD(0.0))
    expected = np.abs(y - model.predict(x, verbose=0)).mean()
    assert model.fit(x, y, verbose=0).history["loss"][0] == pytest.approx(expected, rel=1e-5)


# Ways to run.


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
