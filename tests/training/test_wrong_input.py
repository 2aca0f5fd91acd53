"""Wrong input: one clear error before the first step, with what was given, expected, and the fix."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import lamina
from lamina import layers, losses, models

X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
LABELS = np.arange(20) % 3
ONE_HOT = np.eye(3, dtype="float32")[LABELS]


@pytest.fixture
def trains(backend):
    if backend == "numpy":
        pytest.skip("NumPy computes no gradients; test_fit_on_numpy_... says what fit says there")
    return backend


def _model(loss="sparse_categorical_crossentropy", units=3, activation="softmax", **kwargs):
    model = models.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(4,), name="hidden"),
            layers.Dense(units, activation=activation, name="out"),
        ],
        name="net",
    )
    model.compile("sgd", loss, **kwargs)
    return model


def _refuses(model, parts, error=ValueError, **fit):
    """`fit` raises one error whose text has all `parts`; no step was run."""
    before = model.get_weights()
    with pytest.raises(error) as caught:
        model.fit(**{"verbose": 0, **fit})
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    for part in parts:
        assert part in text, text
    assert "1680" not in text  # what stands in for unknown sizes
    assert "JAX" not in text
    assert "Traceback" not in text
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    if model.optimizer.built:
        assert int(model.optimizer.iterations) == 0


CASES = {
    "too few features": ({"x": X[:, :3], "y": LABELS}, ["net", "(None, 4)", "(20, 3)"]),
    "too many axes": ({"x": X[:, :, None, None], "y": LABELS}, ["net", "(20, 4, 1, 1)"]),
    "one-hot against sparse": ({"x": X, "y": ONE_HOT}, ["categorical_crossentropy", "one-hot"]),
    "labels from 1": ({"x": X, "y": LABELS + 1}, ["from 1 to 3", "3 units", "from 0"]),
    "labels far out": ({"x": X, "y": LABELS * 50}, ["from 0 to 100", "3 units"]),
    "negative labels": ({"x": X, "y": LABELS - 1}, ["from -1 to 1", "0 to 2"]),
    "fractional labels": ({"x": X, "y": LABELS + 0.5}, ["whole numbers", "0.5"]),
    "different lengths": ({"x": X, "y": LABELS[:-2]}, ["x has 20", "y has 18"]),
    "no targets": ({"x": X}, ["loss", "`y`"]),
    "nothing": ({}, ["`x`"]),
    "strings": ({"x": X.astype(str), "y": LABELS}, ["`x`", "strings", "numpy.unique"]),
    "objects": ({"x": np.array([{}] * 20), "y": LABELS}, ["`x`", "object"]),
    "ragged lists": ({"x": [[1.0], [1.0, 2.0]], "y": [0, 1]}, ["`x`", "lengths", "pad_sequences"]),
    "dates": ({"x": np.array(["2026-01-01"] * 20, "datetime64[D]"), "y": LABELS}, ["dates"]),
    "empty": ({"x": X[:0], "y": LABELS[:0]}, ["empty", "0 samples"]),
    "a single number": ({"x": 3.0, "y": LABELS}, ["`x`", "3.0"]),
    "batch size 0": ({"x": X, "y": LABELS, "batch_size": 0}, ["batch_size", "positive"]),
    "two inputs for one": ({"x": [X, X], "y": LABELS}, ["1 input", "2"]),
    "input by a wrong name": ({"x": {"no": X}, "y": LABELS}, ["no", "missing", "unknown"]),
    "two targets for one": ({"x": X, "y": [LABELS, LABELS]}, ["out", "2"]),
    "sample weights too few": (
        {"x": X, "y": LABELS, "sample_weight": np.ones(7)},
        ["sample_weight has 7", "x has 20"],
    ),
    "validation_split 1": ({"x": X, "y": LABELS, "validation_split": 1.0}, ["validation_split"]),
    "validation features": (
        {"x": X, "y": LABELS, "validation_data": (X[:, :2], LABELS)},
        ["(20, 2)", "validation"],
    ),
    "validation labels": (
        {"x": X, "y": LABELS, "validation_data": (X, LABELS + 7)},
        ["validation y", "from 7 to 9"],
    ),
    "validation lengths": (
        {"x": X, "y": LABELS, "validation_data": (X, LABELS[:3])},
        ["validation x has 20", "validation y has 3"],
    ),
    "no callback": ({"x": X, "y": LABELS, "callbacks": ["early"]}, ["allback", "early"]),
}


@pytest.mark.parametrize("case", CASES)
def test_fit_refuses(trains, case):
    fit, parts = CASES[case]
    _refuses(_model(), parts, error=(ValueError, TypeError), **fit)


@pytest.mark.parametrize(
    ("loss", "y", "parts"),
    [
        ("mse", LABELS.astype("float32"), ["(None,)", "(None, 3)", "mean_squared_error"]),
        ("categorical_crossentropy", LABELS, ["(None,)", "(None, 3)", "sparse"]),
        ("categorical_crossentropy", ONE_HOT[:, :2], ["(None, 2)", "(None, 3)"]),
        ("binary_crossentropy", ONE_HOT * 2, ["from 0 to 2", "[0, 1]"]),
        (losses.MeanSquaredError(), np.ones((20, 7), "float32"), ["(None, 7)", "(None, 3)"]),
    ],
)
def test_targets_that_do_not_fit_the_loss(trains, loss, y, parts):
    _refuses(_model(loss), parts, x=X, y=y)


def test_a_flat_target_for_ten_units(trains):
    """(N,) against (N, 10) would broadcast to (N, N): Keras trains on that silently."""
    _refuses(_model("mse", units=10), ["(None,)", "(None, 10)", "units"], x=X, y=X[:, 0])


@pytest.mark.parametrize(
    ("compile_", "parts"),
    [
        ({"optimizer": "addam"}, ["optimizer", "'adam'"]),
        ({"loss": "categorical_crosentropy"}, ["loss", "'categorical_crossentropy'"]),
        ({"metrics": ["acuracy"]}, ["metric", "'accuracy'"]),
        ({"optimizer": 3}, ["optimizer", "3"]),
        ({"steps_per_execution": 0}, ["steps_per_execution"]),
    ],
)
def test_compile_refuses_unknown_names(compile_, parts):
    with pytest.raises(ValueError) as caught:
        _model().compile(**{"optimizer": "sgd", "loss": "mse", **compile_})
    for part in parts:
        assert part in str(caught.value)


def test_methods_want_a_compiled_model():
    model = models.Sequential([layers.Dense(1, input_shape=(4,))])
    for method in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
        with pytest.raises(ValueError, match=rf"compile.*before.*{method}"):
            getattr(model, method)(X, X[:, :1])


def test_an_unknown_output_in_loss_weights_or_metrics(trains):
    model = _model({"outt": "mse"})
    _refuses(model, ["outt", "['out']"], x=X, y=ONE_HOT)
    model = _model("mse", metrics={"other": ["mae"]})
    _refuses(model, ["metrics", "other", "['out']"], x=X, y=ONE_HOT)


def test_everything_frozen_is_warned_of(trains):
    model = _model()
    model.trainable = False
    with pytest.warns(UserWarning, match="no weights to train"):
        model.fit(X, LABELS, verbose=0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_are_warned_of_before_training(trains, bad):
    x = X.copy()
    x[3, 2] = bad
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _model().fit(x, LABELS, verbose=0)
    texts = [str(w.message) for w in caught if "`x` holds" in str(w.message)]
    assert len(texts) == 1
    assert "1 NaN value" in texts[0] or "1 infinite value" in texts[0]
    assert "nan_to_num" in texts[0]


def test_fit_on_numpy_says_which_engines_train():
    with lamina.config.using_backend("numpy"):
        model = _model()
        with pytest.raises(NotImplementedError, match=r"numpy.*no gradients.*jax"):
            model.fit(X, LABELS, verbose=0)
        with pytest.raises(NotImplementedError, match=r"set_backend"):
            model.train_on_batch(X, LABELS)
        assert np.isfinite(model.evaluate(X, LABELS, verbose=0))  # but it evaluates


def test_layers_that_do_not_fit_together(backend):
    with pytest.raises(ValueError, match=r"conv2d.*4 axes.*\(None, 8\)"):
        layers.Conv2D(2, 3, name="conv2d")(layers.Dense(8)(layers.Input((4,))))
    with pytest.raises(ValueError, match=r"add.*\(None, 3\).*\(None, 4\)"):
        layers.Add(name="add")([layers.Input((3,)), layers.Input((4,))])
    with pytest.raises(ValueError, match=r"size is unknown"):
        layers.Dense(3)(layers.Input((None,)))


def test_a_class_instead_of_a_layer():
    with pytest.raises(TypeError, match=r"class.*call it"):
        models.Sequential([layers.Dense])


def test_empty_prediction(backend):
    with pytest.raises(ValueError, match="empty"):
        _model().predict(X[:0], verbose=0)


def test_integers_that_an_embedding_has_no_row_for():
    model = models.Sequential(
        [
            layers.Input((5,), dtype="int32"),
            layers.Embedding(10, 4, name="words"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    x = np.zeros((8, 5), "int32")
    x[3, 2] = 10
    parts = ["words", "0 to 10", "rows for 0 to 9", "input_dim=11"]
    _refuses(model, parts, x=x, y=np.zeros((8, 1)))
    for method in (model.predict, model.predict_on_batch):
        with pytest.raises(ValueError, match="rows for 0 to 9"):
            method(x)


def test_metrics_where_loss_weights_stand():
    with pytest.raises(ValueError, match=r"`loss_weights` must hold numbers.*metrics="):
        models.Sequential([layers.Dense(1)]).compile("sgd", "mse", ["mae"])
