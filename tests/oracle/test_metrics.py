"""Results of metrics over several batches beside Keras: weights, masks, every option."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest
from keras.src.backend import set_keras_mask

from lamina import metrics, ops
from lamina.core.masks import set_mask
from lamina.engine.current import engine, using


def _binary(rng, n):
    return rng.integers(0, 2, (n, 3)), rng.uniform(0, 1, (n, 3)).astype("float32")


def _numbers(rng, n):
    return rng.normal(size=(n, 3)).astype("float32"), rng.normal(size=(n, 3)).astype("float32")


def _one_hot(rng, n):
    return np.eye(7)[rng.integers(0, 7, n)], rng.dirichlet(np.ones(7), n).astype("float32")


def _sparse(rng, n):
    return rng.integers(0, 7, n), rng.dirichlet(np.ones(7), n).astype("float32")


def _column(rng, n):
    return rng.integers(0, 7, (n, 1)), rng.dirichlet(np.ones(7), n).astype("float32")


def _equal(rng, n):
    return rng.integers(0, 2, (n, 3)), rng.integers(0, 2, (n, 3))


CASES = [
    ("MeanSquaredError", {}, _numbers),
    ("MeanAbsoluteError", {}, _numbers),
    ("RootMeanSquaredError", {}, _numbers),
    ("Accuracy", {}, _equal),
    ("BinaryAccuracy", {}, _binary),
    ("BinaryAccuracy", {"threshold": 0.3}, _binary),
    ("CategoricalAccuracy", {}, _one_hot),
    ("SparseCategoricalAccuracy", {}, _sparse),
    ("SparseCategoricalAccuracy", {}, _column),
    ("TopKCategoricalAccuracy", {"k": 3}, _one_hot),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, _sparse),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, _binary),
    ("BinaryCrossentropy", {"from_logits": True}, _binary),
    ("CategoricalCrossentropy", {}, _one_hot),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, _one_hot),
    ("SparseCategoricalCrossentropy", {}, _sparse),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, _sparse),
    ("Precision", {}, _binary),
    ("Precision", {"thresholds": [0.2, 0.45, 0.8]}, _binary),
    ("Precision", {"top_k": 2}, _one_hot),
    ("Precision", {"class_id": 2, "thresholds": 0.15}, _one_hot),
    ("Precision", {"class_id": 2, "top_k": 3}, _one_hot),
    ("Recall", {}, _binary),
    ("Recall", {"thresholds": [0.2, 0.45, 0.8]}, _binary),
    ("Recall", {"top_k": 3}, _one_hot),
    ("TruePositives", {}, _binary),
    ("FalsePositives", {"thresholds": [0.3, 0.7]}, _binary),
    ("TrueNegatives", {"thresholds": 0.3}, _binary),
    ("FalseNegatives", {}, _binary),
    *[
        ("AUC", {"curve": curve, "summation_method": method, **options}, _binary)
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
        for options in ({}, {"thresholds": [0.2, 0.3, 0.7]})
    ],
    ("AUC", {"num_thresholds": 7}, _binary),
    ("AUC", {"from_logits": True}, _numbers),
    ("AUC", {"multi_label": True}, _binary),
    ("AUC", {"multi_label": True, "num_labels": 3, "label_weights": [1.0, 2.0, 4.0]}, _binary),
    ("AUC", {"multi_label": True, "curve": "PR", "thresholds": [0.25, 0.4, 0.6]}, _binary),
    ("AUC", {"label_weights": [1.0, 2.0, 4.0]}, _binary),
]
IDS = [
    f"{name}-{'-'.join(f'{k}={v}' for k, v in kwargs.items())}-{data.__name__}"
    for name, kwargs, data in CASES
]


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize(("name", "kwargs", "data"), CASES, ids=IDS)
def test_results_over_batches(backend, name, kwargs, data, weighted):
    rng = np.random.default_rng(0)
    theirs = getattr(keras.metrics, name)(**kwargs)
    with using(backend):
        ours = getattr(metrics, name)(**kwargs)
        for n in (8, 8, 3):
            y_true, y_pred = data(rng, n)
            if "from_logits" in kwargs and name == "AUC":
                y_true = (y_true > 0).astype("int32")
            weight = rng.uniform(0, 2, n).astype("float32") if weighted else None
            ours.update_state(y_true, y_pred, weight)
            theirs.update_state(y_true, y_pred, weight)
            found = ops.convert_to_numpy(ours.result())
            np.testing.assert_allclose(found, np.asarray(theirs.result()), rtol=1e-5, atol=1e-6)
        for mine, other in zip(ours.variables, theirs.variables, strict=True):
            assert (mine.name, tuple(mine.shape), mine.dtype) == (
                other.name,
                tuple(other.shape),
                other.dtype,
            )
            np.testing.assert_allclose(mine.numpy(), np.asarray(other.value), rtol=1e-5, atol=1e-5)
        ours.reset_state()
        theirs.reset_state()
        np.testing.assert_array_equal(
            ops.convert_to_numpy(ours.result()), np.asarray(theirs.result())
        )


MASK = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]], bool)


@pytest.mark.parametrize(
    "weight",
    [None, 2.0, np.arange(12.0).reshape(4, 3), np.arange(4.0)[:, None]],
    ids=["none", "scalar", "steps", "samples"],
)
@pytest.mark.parametrize(
    "name",
    [
        "MeanSquaredError",
        "MeanAbsoluteError",
        "CategoricalAccuracy",
        "CategoricalCrossentropy",
        "SparseCategoricalAccuracy",
    ],
)
def test_masks(backend, name, weight):
    rng = np.random.default_rng(1)
    y_pred = rng.dirichlet(np.ones(5), (4, 3)).astype("float32")
    labels = rng.integers(0, 5, (4, 3))
    y_true = labels if name.startswith("Sparse") else np.eye(5, dtype="float32")[labels]
    predicted = jax.numpy.asarray(y_pred)
    set_keras_mask(predicted, jax.numpy.asarray(MASK))
    expected = getattr(keras.metrics, name)()(y_true, predicted, weight)
    with using(backend):
        predicted = engine().asarray(y_pred)
        set_mask(predicted, engine().asarray(MASK))
        found = getattr(metrics, name)()(y_true, predicted, weight)
        assert float(found) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize(
    "weight", [None, np.arange(4.0), np.arange(4.0)[:, None], np.arange(12.0).reshape(4, 3)]
)
def test_means_and_sums(backend, name, weight):
    values = np.random.default_rng(2).normal(size=(4, 3)).astype("float32")
    theirs = getattr(keras.metrics, name)()
    theirs.update_state(values, weight)
    with using(backend):
        ours = getattr(metrics, name)()
        ours.update_state(values, weight)
        for mine, other in zip(ours.variables, theirs.variables, strict=True):
            assert float(mine) == pytest.approx(float(other.value), rel=1e-5)


@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_functions(backend, threshold):
    rng = np.random.default_rng(3)
    (y, p), (h, q), (s, r) = _binary(rng, 6), _one_hot(rng, 6), _column(rng, 6)
    calls = {
        "binary_accuracy": (y, p, threshold),
        "categorical_accuracy": (h, q),
        "sparse_categorical_accuracy": (s, r),
        "top_k_categorical_accuracy": (h, q, 2),
        "sparse_top_k_categorical_accuracy": (s[:, 0], r, 2),
    }
    with using(backend):
        for name, arguments in calls.items():
            found = ops.convert_to_numpy(getattr(metrics, name)(*arguments))
            expected = np.asarray(getattr(keras.metrics, name)(*arguments))
            assert found.shape == expected.shape
            np.testing.assert_array_equal(found, expected)
