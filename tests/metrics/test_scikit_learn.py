"""Over several batches with weights, beside scikit-learn and SciPy where they define the same."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from lamina import metrics, ops

RNG = np.random.default_rng(0)
N = 60
YES_NO, SCORES = RNG.integers(0, 2, (N, 3)), RNG.uniform(0, 1, (N, 3)).astype("float32")
LABELS, GUESSES = RNG.integers(0, 4, N), RNG.integers(0, 4, N)
PROBABILITIES = RNG.dirichlet(np.ones(4), N).astype("float32")
NUMBERS = RNG.normal(size=(N, 3)).astype("float32")
NEAR = (NUMBERS + 0.5 * RNG.normal(size=(N, 3))).astype("float32")
POSITIVE, RATES = RNG.poisson(3, (N, 1)) + 1.0, RNG.gamma(2.0, size=(N, 1)).astype("float32") + 0.1
WEIGHT = RNG.uniform(0.1, 2, N).astype("float32")


def _over_batches(metric, y_true, y_pred, weight):
    for rows in (slice(0, 25), slice(25, 50), slice(50, N)):
        part = None if weight is None else weight[rows]
        metric.update_state(y_true[rows], y_pred[rows], part)
    return ops.convert_to_numpy(metric.result())


def _columns(fn):
    """A score per column."""
    return lambda y, p, w: [fn(y[:, i], p[:, i], sample_weight=w) for i in range(y.shape[1])]


def _one(fn, **kwargs):
    return lambda y, p, w: fn(y, p, sample_weight=w, **kwargs)


FIRST = (YES_NO[:, 0], SCORES[:, 0])
CASES = {
    "precision": (
        metrics.Precision,
        {},
        *FIRST,
        lambda y, p, w: sk.precision_score(y, p > 0.5, sample_weight=w),
    ),
    "recall": (
        metrics.Recall,
        {},
        *FIRST,
        lambda y, p, w: sk.recall_score(y, p > 0.5, sample_weight=w),
    ),
    "accuracy": (
        metrics.BinaryAccuracy,
        {},
        YES_NO[:, :1],
        SCORES[:, :1],
        lambda y, p, w: sk.accuracy_score(y, p > 0.5, sample_weight=w),
    ),
    **{
        f"f1 {average}": (
            metrics.F1Score,
            {"average": average, "threshold": 0.5},
            YES_NO,
            SCORES,
            lambda y, p, w, average=average: sk.f1_score(
                y, p > 0.5, average=average, sample_weight=w
            ),
        )
        for average in (None, "micro", "macro", "weighted")
    },
    "fbeta": (
        metrics.FBetaScore,
        {"beta": 2.0, "threshold": 0.5},
        YES_NO,
        SCORES,
        lambda y, p, w: sk.fbeta_score(y, p > 0.5, beta=2.0, average=None, sample_weight=w),
    ),
    "iou": (
        metrics.IoU,
        {"num_classes": 4, "target_class_ids": [0, 2], "dtype": "float32"},
        LABELS,
        GUESSES,
        _one(sk.jaccard_score, labels=[0, 2], average="macro"),
    ),
    "mean iou": (
        metrics.MeanIoU,
        {"num_classes": 4, "dtype": "float32"},
        LABELS,
        GUESSES,
        _one(sk.jaccard_score, average="macro"),
    ),
    "r2": (metrics.R2Score, {}, NUMBERS, NEAR, _one(sk.r2_score)),
    "r2 each": (
        metrics.R2Score,
        {"class_aggregation": None},
        NUMBERS,
        NEAR,
        _one(sk.r2_score, multioutput="raw_values"),
    ),
    "r2 by variance": (
        metrics.R2Score,
        {"class_aggregation": "variance_weighted_average"},
        NUMBERS,
        NEAR,
        _one(sk.r2_score, multioutput="variance_weighted"),
    ),
    "r2 adjusted": (
        metrics.R2Score,
        {"num_regressors": 3},
        NUMBERS,
        NEAR,
        lambda y, p, w: 1 - (1 - sk.r2_score(y, p, sample_weight=w)) * (N - 1) / (N - 3 - 1),
    ),
    "mse": (metrics.MeanSquaredError, {}, NUMBERS, NEAR, _one(sk.mean_squared_error)),
    "mae": (metrics.MeanAbsoluteError, {}, NUMBERS, NEAR, _one(sk.mean_absolute_error)),
    "rmse": (
        metrics.RootMeanSquaredError,
        {},
        NUMBERS[:, :1],
        NEAR[:, :1],
        _one(sk.root_mean_squared_error),
    ),
    "mape": (
        metrics.MeanAbsolutePercentageError,
        {},
        POSITIVE,
        RATES,
        lambda y, p, w: 100 * sk.mean_absolute_percentage_error(y, p, sample_weight=w),
    ),
    "msle": (
        metrics.MeanSquaredLogarithmicError,
        {},
        POSITIVE,
        RATES,
        _one(sk.mean_squared_log_error),
    ),
    "poisson": (
        metrics.Poisson,
        {},
        POSITIVE,
        RATES,
        lambda y, p, w: np.average(p - y * np.log(p), weights=None if w is None else w[:, None]),
    ),
    "log loss": (
        metrics.SparseCategoricalCrossentropy,
        {},
        LABELS,
        PROBABILITIES,
        _one(sk.log_loss),
    ),
    "hinge": (
        metrics.Hinge,
        {},
        2.0 * YES_NO[:, :1] - 1,
        NUMBERS[:, :1],
        lambda y, p, w: sk.hinge_loss(y[:, 0], p[:, 0], sample_weight=w),
    ),
    "top k": (
        metrics.SparseTopKCategoricalAccuracy,
        {"k": 2},
        LABELS,
        PROBABILITIES,
        _one(sk.top_k_accuracy_score, k=2),
    ),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_results(engine, case, weighted):
    cls, options, y_true, y_pred, expected = CASES[case]
    weight = WEIGHT if weighted else None
    found = _over_batches(cls(**options), y_true, y_pred, weight)
    np.testing.assert_allclose(found, expected(y_true, y_pred, weight), rtol=2e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_area_with_a_threshold_between_any_two_scores(engine, weighted):
    y, p = YES_NO[:, 0], (RNG.permutation(N) + 0.5).astype("float32") / N
    weight = WEIGHT if weighted else None
    found = _over_batches(metrics.AUC(num_thresholds=N + 1), y, p, weight)
    assert float(found) == pytest.approx(sk.roc_auc_score(y, p, sample_weight=weight), rel=1e-5)


def test_correlations(engine):
    pearson = [stats.pearsonr(y, p).statistic for y, p in zip(NUMBERS, NEAR, strict=True)]
    np.testing.assert_allclose(
        ops.convert_to_numpy(metrics.pearson_correlation(NUMBERS, NEAR)),
        pearson,
        rtol=1e-4,
        atol=1e-5,
    )
    found = _over_batches(metrics.PearsonCorrelation(), NUMBERS, NEAR, None)
    assert float(found) == pytest.approx(np.mean(pearson), rel=1e-5)


def test_a_target_that_does_not_vary(engine):
    """As scikit-learn: 1 if the predictions are right, else 0 (Keras gives NaN)."""
    ones = np.ones((3, 2), "float32")
    y_pred = np.array([[1, 1], [1, 2], [1, 1]], "float32")
    metric = metrics.R2Score(class_aggregation=None)
    assert ops.convert_to_numpy(metric(ones, y_pred)).tolist() == [1.0, 0.0]


def test_operating_points_beside_the_curves(engine):
    y, p = YES_NO[:, 0], (RNG.permutation(N) + 0.5).astype("float32") / N
    precision, recall, _ = sk.precision_recall_curve(y, p)
    fpr, tpr, _ = sk.roc_curve(y, p, drop_intermediate=False)
    thresholds = {"num_thresholds": N + 1}
    expected = {
        metrics.PrecisionAtRecall(0.4, **thresholds): precision[recall >= 0.4].max(),
        metrics.RecallAtPrecision(0.5, **thresholds): recall[:-1][precision[:-1] >= 0.5].max(),
        metrics.SensitivityAtSpecificity(0.6, **thresholds): tpr[1 - fpr >= 0.6].max(),
        metrics.SpecificityAtSensitivity(0.6, **thresholds): (1 - fpr)[tpr >= 0.6].max(),
    }
    for metric, value in expected.items():
        assert float(_over_batches(metric, y, p, None)) == pytest.approx(value, rel=1e-5)
