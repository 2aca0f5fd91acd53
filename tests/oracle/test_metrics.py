"""Results of metrics over several batches beside Keras: weights, masks, every option."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import keras
import numpy as np
import pytest
from keras.src.backend import set_keras_mask

from lamina import metrics, ops
from lamina.core.masks import set_mask
from lamina.core.naming import to_snake_case
from lamina.engine.current import engine, using
from tests.oracle.close import TERMS, assert_close


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


def _positive(rng, n):
    return rng.poisson(2.0, (n, 3)).astype("float32"), rng.gamma(2.0, size=(n, 3)).astype("float32")


def _signs(rng, n):
    return 2 * rng.integers(0, 2, (n, 3)) - 1.0, rng.normal(size=(n, 3)).astype("float32")


def _soft(rng, n):
    return tuple(rng.dirichlet(np.ones(5), n).astype("float32") for _ in range(2))


def _classes(rng, n):
    return rng.integers(0, 4, n), rng.integers(0, 4, n)


def _flat(rng, n):
    return rng.integers(0, 2, n), rng.uniform(0, 1, n).astype("float32")


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
    ("MeanAbsolutePercentageError", {}, _numbers),
    ("MeanSquaredLogarithmicError", {}, _positive),
    ("LogCoshError", {}, _numbers),
    ("CosineSimilarity", {}, _numbers),
    ("CosineSimilarity", {"axis": 1}, _numbers),
    ("PearsonCorrelation", {}, _numbers),
    ("ConcordanceCorrelation", {}, _numbers),
    ("Hinge", {}, _signs),
    ("SquaredHinge", {}, _signs),
    ("CategoricalHinge", {}, _one_hot),
    ("KLDivergence", {}, _soft),
    ("Poisson", {}, _positive),
    *[
        (name, {"average": average, "threshold": threshold, **options}, _binary)
        for average in (None, "micro", "macro", "weighted")
        for threshold in (None, 0.4)
        for name, options in (("F1Score", {}), ("FBetaScore", {"beta": 2.0}))
    ],
    *[
        # Not with `num_regressors`: Keras 3.15.1 counts values of all outputs as samples.
        ("R2Score", {"class_aggregation": kind}, _numbers)
        for kind in (None, "uniform_average", "variance_weighted_average")
    ],
    *[
        (name, {argument: value, **options}, _binary)
        for name, argument in (
            ("PrecisionAtRecall", "recall"),
            ("RecallAtPrecision", "precision"),
            ("SensitivityAtSpecificity", "specificity"),
            ("SpecificityAtSensitivity", "sensitivity"),
        )
        for value, options in (
            (0.5, {}),
            (0.7, {"num_thresholds": 7}),
            (1.0, {"num_thresholds": 1, "class_id": 1}),
        )
    ],
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2], "dtype": "float32"}, _classes),
    (
        "IoU",
        {"num_classes": 4, "target_class_ids": [0], "ignore_class": 2, "dtype": "float32"},
        _classes,
    ),
    ("MeanIoU", {"num_classes": 5, "dtype": "float32"}, _classes),
    ("MeanIoU", {"num_classes": 4, "ignore_class": -1, "dtype": "float32"}, _classes),
    ("BinaryIoU", {"threshold": 0.3, "dtype": "float32"}, _flat),
    ("BinaryIoU", {"target_class_ids": [1], "dtype": "float32"}, _flat),
    ("OneHotIoU", {"num_classes": 7, "target_class_ids": [0, 2], "dtype": "float32"}, _one_hot),
    ("OneHotMeanIoU", {"num_classes": 7, "dtype": "float32"}, _one_hot),
]
IDS = [
    f"{name}-{'-'.join(f'{k}={v}' for k, v in kwargs.items())}-{data.__name__}"
    for name, kwargs, data in CASES
]


Batch = tuple[np.ndarray, np.ndarray, np.ndarray | None]


def _course(metric: Any, batches: list[Batch], compiled: Callable) -> tuple[list, list]:
    """Results after each batch, and the state at the end; in one program, as training has it."""

    def program(state: list, batches: list) -> tuple[list, list]:
        results = []
        for y_true, y_pred, *weight in batches:
            state = metric.stateless_update_state(state, y_true, y_pred, *weight)
            results.append(metric.stateless_result(state))
        return results, state

    given = [batch[: 2 + (batch[2] is not None)] for batch in batches]
    return compiled(program)([v.value for v in metric.variables], given)


def _course_by_values(metric: Any, batches: list[Batch], _: Callable) -> tuple[list, list]:
    """The same, batch by batch on the metric's own state."""
    results = []
    for batch in batches:
        metric.update_state(*batch)
        results.append(metric.result())
    state = [v.value for v in metric.variables]
    metric.reset_state()
    return results, state


def _runs_by_values(theirs: Any, kwargs: dict) -> bool:
    """Whether Keras looks at values in these, or makes variables of the first batch's shape."""
    return not theirs.variables or {"multi_label", "thresholds"} <= kwargs.keys()


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # IoU of Keras on JAX
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize(("name", "kwargs", "data"), CASES, ids=IDS)
def test_results_over_batches(backend, name, kwargs, data, weighted):
    rng, batches = np.random.default_rng(0), []
    for n in (8, 8, 3):
        y_true, y_pred = data(rng, n)
        if "from_logits" in kwargs and name == "AUC":
            y_true = (y_true > 0).astype("int32")
        weight = rng.uniform(0, 2, n).astype("float32") if weighted else None
        batches.append((y_true, y_pred, weight))
    theirs, terms = getattr(keras.metrics, name)(**kwargs), TERMS.get(name, 1e-3)
    course = _course_by_values if _runs_by_values(theirs, kwargs) else _course
    expected, their_state = course(theirs, batches, jax.jit)
    with using(backend):
        ours = getattr(metrics, name)(**kwargs)
        found, state = course(ours, batches, engine().compile)
        for one, other in zip(found, expected, strict=True):
            assert_close(ops.convert_to_numpy(one), other, terms)
        kept = [i for i, v in enumerate(ours.variables) if v.name != "carried"]  # lamina's own
        variables = [ours.variables[i] for i in kept]
        state = [state[i] for i in kept]
        for mine, other in zip(variables, theirs.variables, strict=True):
            assert (mine.name, tuple(mine.shape), mine.dtype) == (
                other.name,
                tuple(other.shape),
                other.dtype,
            )
        for variable, one, other in zip(theirs.variables, state, their_state, strict=True):
            if variable.name != "num_samples":
                assert_close(ops.convert_to_numpy(one), other, terms)
        if name == "R2Score":
            return  # a fresh one gives NaN in Keras
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
        assert float(found) == pytest.approx(float(expected), rel=1e-6)


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
            assert float(mine) == pytest.approx(float(other.value), rel=1e-6)


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


REQUIRED = {
    "IoU": {"num_classes": 3, "target_class_ids": [0, 2]},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 2]},
    "MeanIoU": {"num_classes": 3},
    "OneHotMeanIoU": {"num_classes": 3},
    "PrecisionAtRecall": {"recall": 0.4},
    "RecallAtPrecision": {"precision": 0.4},
    "SensitivityAtSpecificity": {"specificity": 0.4},
    "SpecificityAtSensitivity": {"sensitivity": 0.4},
    "MeanMetricWrapper": {"fn": None},
}
OPTIONS = {
    "CosineSimilarity": {"axis": 1},
    "PearsonCorrelation": {"axis": 1},
    "F1Score": {"average": "micro", "threshold": 0.25},
    "FBetaScore": {"average": "macro", "beta": 0.5},
    "R2Score": {"class_aggregation": None, "num_regressors": 2},
    "IoU": {"ignore_class": 1, "sparse_y_pred": False, "axis": 1},
    "MeanIoU": {"ignore_class": 1, "sparse_y_true": False},
    "OneHotIoU": {"sparse_y_pred": True},
    "BinaryIoU": {"target_class_ids": [1], "threshold": 0.25},
    "PrecisionAtRecall": {"num_thresholds": 7, "class_id": 1},
    "Precision": {"thresholds": [0.2, 0.3], "class_id": 1},
    "Recall": {"top_k": 2},
    "AUC": {"num_thresholds": 7, "curve": "PR", "multi_label": True, "num_labels": 2},
    "BinaryAccuracy": {"threshold": 0.25},
    "TopKCategoricalAccuracy": {"k": 2},
    "SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 1},
}
CLASSES = sorted(
    name
    for name, thing in vars(keras.metrics).items()
    if isinstance(thing, type) and name != "Metric"
)


def _made(module, kind, **options):
    required = dict(REQUIRED.get(kind, {}))
    if kind == "MeanMetricWrapper":
        required["fn"] = module.mean_squared_error
    return getattr(module, kind)(**{**required, **options})


def test_every_metric_is_compared():
    others = {"Mean", "Sum", "MeanMetricWrapper"}  # by tests of their own, and below all others
    assert set(CLASSES) - others == {case[0] for case in CASES}


@pytest.mark.parametrize("name", CLASSES)
def test_configurations_and_variables(name):
    """Names, shapes and dtypes of variables, and configurations, in both directions."""
    for options in (
        {"name": "mine"},
        {"name": "mine", "dtype": "float32", **OPTIONS.get(name, {})},
    ):
        ours, theirs = _made(metrics, name, **options), _made(keras.metrics, name, **options)
        variables = [v for v in ours.variables if v.name != "carried"]  # exact counts, lamina's own
        for mine, other in zip(variables, theirs.variables, strict=True):
            assert (mine.path, tuple(mine.shape), mine.dtype) == (
                other.path,
                tuple(other.shape),
                other.dtype,
            )
        from_theirs = metrics.deserialize(keras.metrics.serialize(theirs))
        from_ours = keras.metrics.deserialize(metrics.serialize(ours))
        assert type(from_theirs) is type(ours) and type(from_ours) is type(theirs)
        mine, read, expected = map(_plain, (ours, from_theirs, theirs))
        assert _plain(from_ours) == expected
        kept = expected["config"].keys()  # Keras loses some arguments
        for written in (mine, read):
            config = {n: written["config"][n] for n in kept}
            assert {**written, "config": config} == expected


def _plain(metric):
    library = keras.metrics if isinstance(metric, keras.metrics.Metric) else metrics
    written = library.serialize(metric)
    config = {n: list(x) if isinstance(x, tuple) else x for n, x in written["config"].items()}
    return {**written, "config": config}


def test_names_of_keras():
    """Every spelling that Keras understands means the same here."""
    short = ["mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "bce", "BCE", "io_u"]
    snake = [to_snake_case(name) for name in CLASSES]
    for name in [*vars(keras.metrics), *short, *snake]:
        try:
            theirs = keras.metrics.get(name)
        except (ValueError, TypeError):
            continue
        if name.startswith("_") or name in ("Metric", "metric"):
            continue
        assert type(metrics.get(name)).__name__ == type(theirs).__name__
