"""Losses and metrics per output: nested outputs, class weights, logits, functions of one's own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.metrics import r2_score

from lamina import Model, Sequential, layers, losses, metrics, ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).astype("float32")
LABELS = np.arange(24) % 3
YES_NO = (np.arange(24) % 2)[:, None].astype("float32")
NUMBERS = RNG.normal(size=(24, 1)).astype("float32")


def _nested():
    x = layers.Input((4,))
    kind = layers.Dense(3, activation="softmax", name="kind")(x)
    size, age = layers.Dense(1, name="size")(x), layers.Dense(1, name="age")(x)
    return Model(x, {"head": [kind, size], "tail": {"age": age}})


@pytest.mark.parametrize("flat", [False, True])
def test_nested_outputs(trains, flat):
    model = _nested()
    names = ["head_0", "head_1", "tail_age"]
    given = {
        False: (
            {"head": ["sparse_categorical_crossentropy", "mse"], "tail": None},
            {"head": [2.0, 0.5]},
        ),
        True: (
            dict(zip(names, ["sparse_categorical_crossentropy", "mse"], strict=False)),
            dict(zip(names, [2.0, 0.5], strict=False)),
        ),
    }[flat]
    model.compile("sgd", *given)
    y = {"head": [LABELS, NUMBERS], "tail": {"age": NUMBERS}}
    logs = model.evaluate(X, y, verbose=0, return_dict=True)
    found = model.predict(X, verbose=0)
    kind = float(losses.SparseCategoricalCrossentropy()(LABELS, found["head"][0]))
    size = float(losses.MeanSquaredError()(NUMBERS, found["head"][1]))
    assert logs["head_0_loss"] == pytest.approx(kind, rel=1e-5)
    assert logs["loss"] == pytest.approx(2 * kind + 0.5 * size, rel=1e-5)
    assert np.isfinite(model.fit(X, y, verbose=0).history["loss"][0])


def _two():
    x = layers.Input((4,))
    return Model(
        x,
        [
            layers.Dense(3, activation="softmax", name="kind")(x),
            layers.Dense(1, activation="sigmoid", name="flag")(x),
        ],
    )


@pytest.mark.parametrize("as_dict", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weights_per_output(trains, as_dict, weighted):
    model = _two()
    model.compile("sgd", ["sparse_categorical_crossentropy", "binary_crossentropy"])
    table = {0: 1.0, 1: 5.0, 2: 0.0}
    y = {"kind": LABELS, "flag": YES_NO} if as_dict else [LABELS, YES_NO]
    own = RNG.uniform(0, 2, 24).astype("float32") if weighted else np.ones(24, "float32")
    given = ({"kind": own, "flag": own} if as_dict else [own, own]) if weighted else None
    by_class = np.array([table[int(k)] for k in LABELS], "float32")
    full = {"kind": own * by_class, "flag": own}
    expected = model.test_on_batch(X, {"kind": LABELS, "flag": YES_NO}, sample_weight=full)
    found = model.train_on_batch(
        X, y, sample_weight=given, class_weight={"kind": table} if as_dict else [table, None]
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_logits_are_understood_by_metrics(engine):
    """Where the loss says logits, thresholds and logarithms are those of probabilities."""
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    given = ["accuracy", "crossentropy", metrics.Precision(name="p"), metrics.AUC(name="auc")]
    given += [
        metrics.AUC(from_logits=True, name="auc2"),
        metrics.Precision(thresholds=0, name="p0"),
    ]
    given += [metrics.BinaryAccuracy(name="ba"), "mse"]
    model.compile("sgd", losses.BinaryCrossentropy(from_logits=True), metrics=given)
    logs = model.evaluate(X, YES_NO, verbose=0, return_dict=True)
    scores = model.predict(X, verbose=0)
    yes = scores[:, 0] > 0
    right = sk.accuracy_score(YES_NO, yes)
    assert logs["accuracy"] == pytest.approx(right) and logs["ba"] == pytest.approx(right)
    assert logs["crossentropy"] == pytest.approx(logs["loss"], rel=1e-4)
    assert logs["p"] == logs["p0"] == pytest.approx(sk.precision_score(YES_NO, yes))
    assert logs["auc"] == pytest.approx(logs["auc2"])
    assert logs["mse"] == pytest.approx(sk.mean_squared_error(YES_NO, scores), rel=1e-4)


def test_probabilities_stay_as_they_are(engine):
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["crossentropy"])
    logs = model.evaluate(X, LABELS, verbose=0, return_dict=True)
    assert logs["crossentropy"] == pytest.approx(logs["loss"], rel=1e-5)


def per_batch(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred))


def per_sample(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def test_a_number_per_batch_is_warned_of_once(engine):
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[per_batch, per_sample, "mae"])
    with pytest.warns(UserWarning, match=r"'per_batch' gives one number.*metrics.exact") as seen:
        model.evaluate(X, NUMBERS, batch_size=10, verbose=0)
    assert len(seen) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        logs = model.evaluate(X, NUMBERS, batch_size=10, verbose=0, return_dict=True)
    assert logs["per_sample"] == pytest.approx(logs["mae"], rel=1e-6)


def test_metrics_that_make_variables_with_the_first_batch(trains):
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
    found = [
        metrics.F1Score(average="macro"),
        metrics.R2Score(),
        metrics.AUC(multi_label=True, name="auc"),
    ]
    model.compile("sgd", "categorical_crossentropy", metrics=found)
    y = np.eye(3, dtype="float32")[LABELS]
    logs = model.fit(X, y, batch_size=10, epochs=2, verbose=0).history
    last = model.evaluate(X, y, batch_size=10, verbose=0, return_dict=True)
    scores = model.predict(X, verbose=0)
    assert last["f1_score"] == pytest.approx(
        sk.f1_score(LABELS, scores.argmax(-1), average="macro"), rel=1e-5
    )
    assert last["r2_score"] == pytest.approx(sk.r2_score(y, scores), rel=1e-4)
    assert len(logs["auc"]) == 2


def test_metrics_that_do_not_fit_say_so_before_training(trains):
    model = Sequential([layers.Input((4,)), layers.Dense(3)])
    model.compile("sgd", "mse", metrics=[metrics.SparseCategoricalAccuracy(name="right")])
    before = model.get_weights()
    with pytest.raises(ValueError, match="integer targets of shape") as error:
        model.fit(X, np.zeros((24, 3), "float32"), verbose=0)
    assert "in the metric 'right'" in "".join(error.value.__notes__)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


@pytest.mark.parametrize("fn", [r2_score, lambda y, p: np.corrcoef(y, p)[0, 1]])
def test_a_function_of_numpy_arrays_says_what_to_do(engine, fn):
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[fn])
    with pytest.raises(TypeError, match=r"metrics\.exact\(function\)"):
        model.evaluate(X, NUMBERS, verbose=0)
