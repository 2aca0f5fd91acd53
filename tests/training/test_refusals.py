"""Wrong input to every method and argument; `test_wrong_input.py` has what `fit` meets most often.

Each is one clear error before the first step, in words of the user's, not of an engine's.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import lamina
from lamina import layers, losses, metrics, models, optimizers
from tests.layers.checks import raises_with
from tests.training.nets import assert_same_weights, dense, draw, labels, mlp, two_data, two_outputs

# Words of engines, and stand-ins for unknown sizes, that say nothing to a user.
FOREIGN = re.compile(
    r"jnp|aten|tracer|Traced<|pjit|xla|optree|unflatten|zip\(\)|NoneType|KerasTensor|\b1680\b|\b3360\b",
    re.I,
)
METHODS = {
    "fit": {"verbose": 0},
    "evaluate": {"verbose": 0},
    "train_on_batch": {},
    "test_on_batch": {},
}
X, Y = draw((40, 4)), labels(40)
CROSSENTROPY = "sparse_categorical_crossentropy"


def compiled(model=None, loss=CROSSENTROPY, **more):
    model = model or mlp()
    model.compile("sgd", loss, **more)
    return model


def refuses(run, model, *parts, error=ValueError):
    """`run` raises one error with these parts before anything is learned."""
    before = model.get_weights()
    with pytest.raises(error) as caught:
        run()
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    for part in parts:
        assert part in text, text
    assert not FOREIGN.search(text), text
    assert len(text) < 800, text
    assert_same_weights(before, model.get_weights())
    assert model.optimizer is None or int(model.optimizer.iterations) == 0
    return text


def everywhere(model, x, y, *parts, **more):
    """Every method that takes data refuses these."""
    for method, quiet in METHODS.items():
        refuses(lambda m=method, q=quiet: getattr(model, m)(x, y, **q, **more), model, *parts)


# Inputs.


def test_features_and_axes(trains):
    everywhere(compiled(), draw((40, 5)), Y, "'mlp'", "(None, 4)", "(40, 5)")
    everywhere(compiled(), draw((40, 4, 4)), Y, "'mlp'", "(None, 4)", "(40, 4, 4)")
    for method, quiet in (("predict", {"verbose": 0}), ("predict_on_batch", {}), ("__call__", {})):
        with raises_with(ValueError, "'mlp'", "(None, 4)", "(40, 5)"):
            getattr(mlp(), method)(draw((40, 5)), **quiet)


def test_features_of_a_model_without_a_stated_shape(trains):
    stack = [layers.Dense(4, name="first"), layers.Dense(3, activation="softmax")]
    model = models.Sequential(stack)
    model(X)
    everywhere(compiled(model), draw((40, 5)), Y, "first'", "size 4 along axis -1", "5)")


def test_layers_that_do_not_fit():
    with raises_with(ValueError, "'small' (Conv2D)", "(None, 2, 2, 1)"):
        layers.Conv2D(2, 5, name="small")(layers.Input((2, 2, 1)))
    with raises_with(ValueError, "'again'", "(4,)", "(3,)"):
        layers.Reshape((3,), name="again")(layers.Input((4,)))


def test_nan_is_warned_of_once_wherever_it_is(trains):
    model, x, y = compiled(dense(), "mse"), X.copy(), draw((40, 3))
    x[:2, 0], y[0, 0] = np.nan, np.nan
    good = X, draw((40, 3))
    for run, expected in (
        (lambda: model.fit(x, good[1], epochs=2, verbose=0), ["`x` holds 2 NaN values"]),
        (lambda: model.evaluate(X, y, verbose=0), ["`y` holds 1 NaN value "]),
        (
            lambda: model.fit(*good, validation_data=(x, y), verbose=0),
            ["`validation x`", "`validation y`"],
        ),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run()
        texts = [str(w.message) for w in caught if "NaN value" in str(w.message)]
        assert len(texts) == len(expected)
        assert all(part in text for part, text in zip(expected, texts, strict=True))


def test_large_finite_values_are_no_nan(trains):
    x = np.full((2000, 4), 3e38, "float32") * np.array([1, -1, 1, -1], "float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(dense(), "mse").evaluate(x, draw((2000, 3)), verbose=0)


NO_NUMBERS = {
    "mixed": (np.array([["a", 1, 2, 3]] * 40, object), ["`x` holds strings", "takes numbers"]),
    "objects": (np.array([[None, 1, 2, 3]] * 40, object), ["`x` holds Python objects"]),
    "list of strings": ([["a", "b"]] * 40, ["`x` holds strings"]),
    "ragged": ([[1.0, 2.0], [1.0]] * 20, ["`x`", "different lengths", "pad_sequences"]),
    "dates": (np.array(["2020-01-01"] * 40, "datetime64[D]"), ["`x` holds dates"]),
    "number": (3.0, ["`x` is the single number", "one sample per entry"]),
    "numpy number": (np.float32(3.0), ["`x` is the single number"]),
    "text": ("text", ["`x` holds strings"]),
    "empty": (np.zeros((0, 4), "float32"), ["empty", "0 samples"]),
    "empty list": ([], ["empty", "0 samples"]),
    "none": (None, ["`x`", "None"]),
}


@pytest.mark.parametrize("case", NO_NUMBERS)
def test_inputs_that_are_no_numbers(case, trains):
    x, parts = NO_NUMBERS[case]
    everywhere(compiled(), x, Y[:0] if "empty" in case else Y, *parts)
    for method, quiet in (("predict", {"verbose": 0}), ("predict_on_batch", {})):
        refuses(lambda m=method, q=quiet: getattr(mlp(), m)(x, **q), mlp(), *parts)


def test_numbers_of_samples_in_structures(trains):
    (x, y), model = two_data(), compiled(two_outputs(), [CROSSENTROPY, "mse"])
    everywhere(model, [x[0], x[1][:7]], y, "x[0] has 50", "x[1] has 7")
    everywhere(model, x, [y[0], y[1][:7]], "y[0] has 50", "y[1] has 7")


def test_inputs_by_wrong_names(trains):
    (x, y), model = two_data(), compiled(two_outputs(), [CROSSENTROPY, "mse"])
    everywhere(
        model, {"a": x[0], "c": x[1]}, y, "names ['a', 'b']", "missing: ['b']", "unknown: ['c']"
    )
    everywhere(model, x[:1], y, "takes 2 input(s)", "['a', 'b']", "got 1")
    everywhere(model, x[0], y, "takes 2 input(s)", "got 1")


# Targets.


@pytest.mark.parametrize("loss", ["mse", "mae", "binary_crossentropy"])
def test_targets_of_one_axis_against_ten_units(loss, trains):
    model = models.Sequential([layers.Input((4,)), layers.Dense(10, name="out")])
    parts = "y_true has shape (None,)", "y_pred (None, 10)", "in the loss of output 'out'"
    everywhere(compiled(model, loss), X, Y / 3, *parts)


LABELS = {
    "too large": (np.where(Y == 0, 7, Y), ["labels from 1 to 7", "3 units", "one unit per class"]),
    "column": ((Y + 1)[:, None], ["labels from 1 to 3", "Count the classes from 0"]),
    "float": ((Y + 1).astype("float32"), ["labels from 1 to 3"]),
    "uint8": ((Y + 1).astype("uint8"), ["labels from 1 to 3"]),
    "negative": (Y - 1, ["labels from -1 to 1", "3 units"]),
    "nan": (np.where(Y == 0, np.nan, Y), ["`y`", "NaN"]),
    "strings": (np.array(["cat", "dog"] * 20), ["`y` holds strings", "takes numbers"]),
    "objects": (np.array([None] * 40, object), ["`y` holds Python objects"]),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels(case, trains):
    y, parts = LABELS[case]
    everywhere(compiled(), X, y, *parts)


def test_labels_of_one_output_among_several(trains):
    (x, (label, value)), model = two_data(), compiled(two_outputs(), [CROSSENTROPY, "mse"])
    everywhere(model, x, [label + 1, value], "`y` of output 'label'", "labels from 1 to 3")


def test_ignored_classes_are_no_mistake(trains):
    model = compiled(loss=losses.SparseCategoricalCrossentropy(ignore_class=-1))
    assert np.isfinite(model.evaluate(X, np.where(Y == 0, -1, Y), verbose=0))


def test_probabilities_out_of_range(trains):
    model = dense(units=1, activation="sigmoid")
    everywhere(
        compiled(model, "binary_crossentropy"), X, Y, "`y` holds values from 0 to 2", "[0, 1]"
    )
    loss = losses.BinaryCrossentropy(from_logits=True)
    everywhere(compiled(model, loss), X, labels(40, 2) * 2.0 - 1, "from -1 to 1", "[0, 1]")


def test_missing_targets(trains):
    for method, quiet in METHODS.items():
        model = compiled()
        refuses(lambda: getattr(model, method)(X, **quiet), model, "`loss` was compiled", "no `y`")  # noqa: B023


def test_numbers_and_names_of_targets(trains):
    (x, y), model = two_data(), compiled(two_outputs(), [CROSSENTROPY, "mse"])
    everywhere(model, x, y[:1], "2 outputs", "['label', 'value']", "`y` has 1")
    everywhere(model, x, y[0], "2 outputs", "`y` has 1")
    everywhere(model, x, [*y, y[0]], "2 outputs", "`y` has 3")
    everywhere(model, x, {"label": y[0], "values": y[1]}, "['values']", "['label', 'value']")
    everywhere(model, x, {"label": y[0]}, "'value'")


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (
            {"loss": {"label": "mse", "other": "mse"}},
            ["`loss` names", "['other']", "['label', 'value']"],
        ),
        ({"loss": ["mse"]}, ["`loss` has 1 entry", "2 outputs", "['label', 'value']"]),
        (
            {"loss": "mse", "loss_weights": [1.0, 2.0, 3.0]},
            ["`loss_weights` has 3 entries", "2 outputs"],
        ),
        ({"loss": "mse", "loss_weights": {"labels": 1.0}}, ["`loss_weights` names", "['labels']"]),
        ({"loss": "mse", "metrics": {"lable": "mse"}}, ["`metrics` names", "['lable']"]),
        ({"loss": "mse", "metrics": "accuracy"}, ["`metrics`", "list or a dict by output name"]),
        (
            {"loss": "mse", "weighted_metrics": ["mse"] * 3},
            ["`weighted_metrics` has 3 entries", "2 outputs"],
        ),
        ({"loss": [None, None]}, ["no loss for any output"]),
    ],
    ids=str,
)
def test_losses_and_metrics_for_outputs_that_are_not_there(said, parts, trains):
    (x, y), model = two_data(), two_outputs()

    def run():
        model.compile("sgd", **said)
        model.fit(x, [np.eye(3)[y[0]], y[1]], verbose=0)

    refuses(run, model, *parts)


# Arguments.


def test_a_call_without_return(trains):
    class Own(lamina.Model):
        def call(self, x):
            x + 1

    model = Own()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"`call` returns None, .* Is a `return` missing"):
        model.fit(np.ones((2, 3)), np.ones((2, 1)))


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ({"loss": "mse", "metrics": {"out": ["acuracy"]}}, ["metric", "'acuracy'", "'accuracy'"]),
        ({"loss": "mse", "weighted_metrics": ["AUCC"]}, ["metric", "'AUCC'", "'AUC'"]),
        ({"loss": 3}, ["3", "loss"]),
        ({"optimizer": 0.1}, ["0.1", "optimizer"]),
        ({"optimizer": None}, ["`optimizer`", "None"]),
        ({"loss": "mse", "steps_per_execution": 1.5}, ["`steps_per_execution`", "1.5"]),
    ],
    ids=str,
)
def test_arguments_of_compile(said, parts):
    with pytest.raises(ValueError) as caught:
        mlp().compile(**said)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_classes_instead_of_instances_work_where_that_is_clear(trains):
    model = mlp()
    model.compile(
        optimizers.Adam,
        losses.SparseCategoricalCrossentropy,
        [],
        [metrics.SparseCategoricalAccuracy],
    )
    assert isinstance(model.optimizer, optimizers.Adam)
    model.compile(
        optimizers.Adam,
        losses.SparseCategoricalCrossentropy,
        metrics=[metrics.SparseCategoricalAccuracy],
    )
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


ARGUMENTS = [
    ({"batch_size": -3}, ["`batch_size`", "-3"]),
    ({"batch_size": 2.5}, ["`batch_size`", "2.5"]),
    ({"batch_size": True}, ["`batch_size`", "True"]),
    ({"epochs": -1}, ["`epochs`", "-1"]),
    ({"epochs": 1.5}, ["`epochs`", "1.5"]),
    ({"initial_epoch": -1}, ["`initial_epoch`", "-1"]),
    ({"steps_per_epoch": 0}, ["`steps_per_epoch`", "0"]),
    ({"steps_per_epoch": -1}, ["`steps_per_epoch`", "-1"]),
    ({"validation_split": -0.1}, ["`validation_split`", "-0.1"]),
    ({"validation_split": 0.99}, ["`validation_split=0.99` of 40 samples", "training"]),
    ({"validation_steps": 0, "validation_data": (X, Y)}, ["`validation_steps`", "0"]),
    ({"validation_batch_size": 0, "validation_data": (X, Y)}, ["`validation_batch_size`", "0"]),
    ({"validation_freq": 0, "validation_data": (X, Y)}, ["`validation_freq`", "0"]),
    ({"shuffle": "yes"}, ["`shuffle`", "'yes'"]),
    ({"class_weight": {"cat": 2.0}}, ["`class_weight`", "'cat'"]),
    ({"class_weight": [1.0, 2.0, 3.0]}, ["`class_weight`", "dict"]),
    ({"sample_weight": np.ones((40, 2))}, ["`sample_weight`", "(None, 2)"]),
    ({"callbacks": lamina.callbacks.EarlyStopping}, ["allback", "EarlyStopping"]),
    ({"verbose": "loud"}, ["`verbose`", "'loud'"]),
    ({"nonsense": 3}, ["nonsense"]),
]


@pytest.mark.parametrize(
    ("said", "parts"), ARGUMENTS, ids=[str(next(iter(s.items())))[:40] for s, _ in ARGUMENTS]
)
def test_arguments_of_fit(said, parts, trains):
    model = compiled()
    refuses(
        lambda: model.fit(X, Y, **{"verbose": 0, **said}),
        model,
        *parts,
        error=(ValueError, TypeError),
    )


def test_arguments_of_the_other_methods(engine):
    model = compiled()
    for run, parts in (
        (lambda: model.predict(X, batch_size=0, verbose=0), ["`batch_size`", "positive integer"]),
        (lambda: model.predict(X, batch_size=-1, verbose=0), ["`batch_size`", "-1"]),
        (lambda: model.predict(X, batch_size="4", verbose=0), ["`batch_size`", "'4'"]),
        (lambda: model.predict(X, steps=-1, verbose=0), ["`steps`", "-1"]),
        (lambda: model.evaluate(X, Y, steps=0, verbose=0), ["`steps`", "0"]),
        (lambda: model.evaluate(X, Y, batch_size=2.5, verbose=0), ["`batch_size`", "2.5"]),
        (lambda: model.evaluate(X, Y, nonsense=3), ["nonsense"]),
    ):
        refuses(run, model, *parts, error=(ValueError, TypeError))


def test_class_weights_of_several_outputs_say_which(trains):
    (x, y), model = two_data(), compiled(two_outputs(), [CROSSENTROPY, "mse"])
    parts = "`class_weight` with 2 outputs", "a dict (or None) per output", "label"
    refuses(lambda: model.fit(x, y, class_weight={0: 1.0}, verbose=0), model, *parts)


VALIDATION = {
    "features": ((draw((10, 5)), labels(10)), ["(None, 4)", "(10, 5)", "validation"]),
    "lengths": ((draw((10, 4)), labels(9)), ["validation x has 10", "validation y has 9"]),
    "labels": ((draw((10, 4)), labels(10) + 1), ["`validation y`", "labels from 1 to 3"]),
    "columns": ((draw((10, 4)), np.eye(4)[labels(10)]), ["(None, 4)", "validation"]),
    "no target": ((draw((10, 4)),), ["validation", "`validation y`"]),
    "empty": ((draw((0, 4)), labels(0)), ["empty", "validation"]),
    "strings": ((np.array([["a"] * 4] * 10), labels(10)), ["`validation x` holds strings"]),
    "four": ((draw((10, 4)), labels(10), None, None), ["tuple of 4"]),
}


@pytest.mark.parametrize("case", VALIDATION)
def test_validation_data_are_checked_before_the_first_step(case, trains):
    class Began(lamina.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise AssertionError("training began")

    (validation, parts), model = VALIDATION[case], compiled()
    run = {"validation_data": validation, "verbose": 0, "callbacks": [Began()]}
    refuses(lambda: model.fit(X, Y, **run), model, *parts)


# Nothing to do.


def test_everything_frozen_for_one_batch(trains):
    model = compiled()
    model.trainable = False
    before = model.get_weights()
    assert np.isfinite(model.train_on_batch(X, Y))
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_nothing_to_minimize(trains):
    for method in ("fit", "train_on_batch"):
        model = mlp()
        model.compile("sgd")
        refuses(lambda: getattr(model, method)(X, Y), model, "nothing to minimize", "`loss`")  # noqa: B023


def test_a_loss_that_gives_no_number(trains):
    model = compiled(loss=lambda y, p: None)
    refuses(
        lambda: model.fit(X, Y, verbose=0), model, "in the loss of output 'out'", error=Exception
    )


def test_a_refused_fit_leaves_the_model_usable(trains):
    model = compiled()
    for x, y in ((draw((40, 5)), Y), (X, Y + 1), (X, np.eye(3)[Y]), (X[:3], Y)):
        with pytest.raises(ValueError):
            model.fit(x, y, verbose=0)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


def test_names_that_do_not_exist():
    with raises_with(ValueError, "'rellu'", "Did you mean 'relu'"):
        layers.Dense(3, activation="rellu")
    with raises_with(ValueError, "'glorot_unform'", "Did you mean 'glorot_uniform'"):
        layers.Dense(3, kernel_initializer="glorot_unform")
    with raises_with(TypeError, "Dense", "unit", "units="):
        layers.Dense(3, unit=4)
