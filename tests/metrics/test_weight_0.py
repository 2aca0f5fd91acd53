"""A sample of weight 0 leaves no trace in a metric that says so: short batches are filled up with such."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from lamina import metrics

rng = np.random.default_rng(0)
TRUTHS = rng.integers(0, 2, (9, 3)).astype("float32")
SHARES = rng.dirichlet([1, 1, 1], 9).astype("float32")
CLASSES = rng.integers(0, 3, 9)
NUMBERS = rng.normal(size=(9, 3)).astype("float32")
WEIGHT = np.array([1, 1, 0, 1, 0, 0, 1, 1, 0], "float32")

# Metrics that take other data than truths and shares.
DATA = {
    **dict.fromkeys(
        (
            "SparseCategoricalAccuracy",
            "SparseCategoricalCrossentropy",
            "SparseTopKCategoricalAccuracy",
        ),
        (CLASSES, SHARES),
    ),
    **dict.fromkeys(("IoU", "MeanIoU"), (CLASSES, CLASSES[::-1])),
    **dict.fromkeys(("R2Score", "PearsonCorrelation", "ConcordanceCorrelation"), (TRUTHS, NUMBERS)),
    "BinaryIoU": (TRUTHS, SHARES),
    "Mean": (NUMBERS,),
    "Sum": (NUMBERS,),
}
ARGUMENTS = {
    "IoU": (3, [0, 1]),
    "MeanIoU": (3,),
    "OneHotIoU": (3, [0, 1]),
    "OneHotMeanIoU": (3,),
    "MeanMetricWrapper": (lambda y, p: (y - p) ** 2,),
    **dict.fromkeys(
        (
            "PrecisionAtRecall",
            "RecallAtPrecision",
            "SensitivityAtSpecificity",
            "SpecificityAtSensitivity",
        ),
        (0.5,),
    ),
}
KINDS = {
    name: kind
    for name, kind in inspect.getmembers(metrics, inspect.isclass)
    if issubclass(kind, metrics.Metric) and kind.weight_0_is_absence
}


@pytest.mark.parametrize("name", KINDS)
def test_a_sample_of_weight_0_leaves_no_trace(name):
    data = DATA.get(name, (TRUTHS, SHARES))
    weighted, cut = (KINDS[name](*ARGUMENTS.get(name, ())) for _ in range(2))
    weighted.update_state(*data, sample_weight=WEIGHT)
    cut.update_state(*(x[WEIGHT > 0] for x in data), sample_weight=WEIGHT[WEIGHT > 0])
    for one, other in zip(weighted.variables, cut.variables, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, err_msg=one.path)


def test_most_metrics_say_so():
    assert len(KINDS) > 35
    assert not metrics.Metric.weight_0_is_absence
    assert not metrics.R2Score.weight_0_is_absence
