"""Losses and metrics of a run: their sums, names and outputs, and those that a model holds."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, losses, metrics, models, ops, optimizers
from tests.training.nets import (
    assert_same_weights,
    dense,
    draw,
    labels,
    numpy_mse,
    two_data,
    two_outputs,
)


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
