"""Accuracies, counts, ratios and areas against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lamina import metrics, ops
from lamina.engine.current import using

RNG = np.random.default_rng(0)
SCORES = RNG.dirichlet(np.ones(6), (4, 5)).astype("float32")
LABELS = RNG.integers(0, 6, (4, 5))


def test_accuracies_of_sequences(engine):
    right = (SCORES.argmax(-1) == LABELS).astype("float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(metrics.sparse_categorical_accuracy(LABELS, SCORES)), right
    )
    np.testing.assert_array_equal(
        ops.convert_to_numpy(metrics.sparse_categorical_accuracy(LABELS[..., None], SCORES)), right
    )
    np.testing.assert_array_equal(
        ops.convert_to_numpy(metrics.categorical_accuracy(np.eye(6)[LABELS], SCORES)), right
    )


@pytest.mark.parametrize("k", [1, 2, 5, 6])
def test_top_k(engine, k):
    best = np.argsort(-SCORES, -1)[..., :k]
    expected = (best == LABELS[..., None]).any(-1).astype("float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(metrics.sparse_top_k_categorical_accuracy(LABELS, SCORES, k)), expected
    )
    np.testing.assert_array_equal(
        ops.convert_to_numpy(metrics.top_k_categorical_accuracy(np.eye(6)[LABELS], SCORES, k)),
        expected,
    )
    sorted_ids = np.argsort(-SCORES, -1)
    found = metrics.sparse_top_k_categorical_accuracy(LABELS, sorted_ids, k, from_sorted_ids=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), expected)


def test_top_k_at_the_edges(engine):
    def top(label, scores, k):
        return float(
            metrics.sparse_top_k_categorical_accuracy(
                np.array([label]), np.array([scores], "float32"), k
            )[0]
        )

    assert top(2, [1, 1, 1], 1) == 1.0  # ties count
    assert top(7, [1, 2, 3], 3) == 0.0  # a class that is not there
    assert top(0, [np.nan, 1, 2], 3) == 0.0
    assert top(2, [np.nan, 1, 2], 1) == 1.0


def test_shapes_that_do_not_fit_are_refused(engine):
    with pytest.raises(
        ValueError,
        match=r"sparse_categorical_accuracy: y_true has shape \(4, 6\).* use categorical_accuracy",
    ):
        metrics.sparse_categorical_accuracy(np.ones((4, 6)), np.ones((4, 6)))
    with pytest.raises(
        ValueError, match=r"categorical_accuracy: .* use sparse_categorical_accuracy"
    ):
        metrics.categorical_accuracy(np.ones(4), np.ones((4, 6)))
    for cls in (metrics.BinaryAccuracy, metrics.Accuracy, metrics.Precision, metrics.AUC):
        with pytest.raises(ValueError, match=r"y_true has shape \(4,\) and y_pred \(4, 6\)"):
            cls().update_state(np.ones(4), np.ones((4, 6)))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 999),
    weighted=st.booleans(),
    thresholds=st.sampled_from([None, 0.3, [0.2, 0.5, 0.9]]),
)
def test_counts_and_ratios(backend, seed, weighted, thresholds):
    rng = np.random.default_rng(seed)
    y, p = rng.integers(0, 2, (7, 3)).astype(bool), rng.uniform(0, 1, (7, 3)).astype("float32")
    w = rng.uniform(0, 2, 7).astype("float32") if weighted else None
    full = np.ones((7, 3)) if w is None else np.repeat(w[:, None], 3, 1)
    expected = {}
    for t in np.atleast_1d(0.5 if thresholds is None else thresholds):
        said = p > np.float32(t)
        for name, chosen in {
            "TruePositives": y & said,
            "FalsePositives": ~y & said,
            "TrueNegatives": ~y & ~said,
            "FalseNegatives": y & ~said,
        }.items():
            expected.setdefault(name, []).append((full * chosen).sum())
    e = {name: np.array(x) if len(x) > 1 else np.array(x[0]) for name, x in expected.items()}
    with np.errstate(invalid="ignore"):
        e["Precision"] = np.nan_to_num(
            e["TruePositives"] / (e["TruePositives"] + e["FalsePositives"])
        )
        e["Recall"] = np.nan_to_num(e["TruePositives"] / (e["TruePositives"] + e["FalseNegatives"]))
    with using(backend):
        for name, value in e.items():
            metric = getattr(metrics, name)(thresholds=thresholds)
            np.testing.assert_allclose(
                ops.convert_to_numpy(metric(y, p, w)), value, rtol=1e-5, atol=1e-5
            )


def test_only_one_class_or_the_largest(engine):
    y_true, y_pred = [[0, 0, 1, 1], [1, 0, 1, 0]], [[0.1, 0.9, 0.8, 0.3], [0.7, 0.2, 0.1, 0.2]]
    assert float(metrics.Precision(top_k=2)(y_true, y_pred)) == 0.5
    assert float(metrics.Precision(class_id=2)(y_true, y_pred, [1.0, 5.0])) == 1.0
    assert float(metrics.Recall(class_id=2)(y_true, y_pred, [1.0, 3.0])) == 0.25
    assert float(metrics.Recall(class_id=2, top_k=2)(y_true, y_pred)) == 0.5


def _area(y, p, w):
    """The probability that a positive is ranked above a negative, ties counting half."""
    pairs = w[y][:, None] * w[~y][None]
    above = (p[y][:, None] > p[~y][None]) + 0.5 * (p[y][:, None] == p[~y][None])
    return (pairs * above).sum() / pairs.sum()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 9999), weighted=st.booleans(), given_thresholds=st.booleans())
def test_area_is_the_probability_of_the_right_order(backend, seed, weighted, given_thresholds):
    rng = np.random.default_rng(seed)
    p = (rng.integers(0, 10, 40) / 10 + 0.05).astype("float32")  # never on a threshold
    y = rng.integers(0, 2, 40).astype(bool)
    w = rng.uniform(0.1, 2, 40).astype("float32") if weighted else None
    if y.all() or not y.any():
        y[0] = not y[0]
    thresholds = [i / 10 for i in range(1, 10)] if given_thresholds else None
    with using(backend):
        found = float(metrics.AUC(num_thresholds=101, thresholds=thresholds)(y, p, w))
    assert found == pytest.approx(_area(y, p, np.ones(40) if w is None else w), abs=1e-5)


@pytest.mark.parametrize("curve", ["ROC", "PR", "PRGAIN"])
@pytest.mark.parametrize("method", ["interpolation", "minoring", "majoring"])
def test_buckets_and_thresholds_agree(engine, curve, method):
    rng = np.random.default_rng(3)
    p, y = rng.uniform(0, 1, (50, 2)).astype("float32"), rng.integers(0, 2, (50, 2))
    even = metrics.AUC(11, curve, method)
    given = metrics.AUC(
        curve=curve, summation_method=method, thresholds=[i / 10 for i in range(1, 10)]
    )
    assert even.thresholds == pytest.approx(given.thresholds)
    assert float(even(y, p)) == pytest.approx(float(given(y, p)), rel=1e-5)
    for one, other in zip(even.variables, given.variables, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy())


@pytest.mark.parametrize("num_labels", [None, 3])
@pytest.mark.parametrize("thresholds", [None, [0.25, 0.5, 0.75]])
def test_area_per_label(engine, num_labels, thresholds):
    rng = np.random.default_rng(4)
    p, y, w = rng.uniform(0, 1, (30, 3)), rng.integers(0, 2, (30, 3)), rng.uniform(0, 1, 30)
    alone = [float(metrics.AUC(thresholds=thresholds)(y[:, i], p[:, i], w)) for i in range(3)]
    options = {"multi_label": True, "num_labels": num_labels, "thresholds": thresholds}
    assert float(metrics.AUC(**options)(y, p, w)) == pytest.approx(np.mean(alone), rel=1e-5)
    weighted = metrics.AUC(**options, label_weights=[1.0, 2.0, 5.0])
    assert float(weighted(y, p, w)) == pytest.approx(np.average(alone, weights=[1, 2, 5]), rel=1e-5)
    with pytest.raises(ValueError, match=r"must have shape \(batch, 3\)"):
        weighted.update_state(np.ones((4, 2)), np.ones((4, 2)))


def test_area_of_nan_and_of_probabilities_out_of_range(engine):
    assert np.isfinite(float(metrics.AUC()([0, 1, 1], [np.nan, 1.0, 0.0])))
    with pytest.raises(ValueError, match="predictions range from -1 to 2"):
        metrics.AUC()([0, 1, 1], [np.nan, 2.0, -1.0])
    metric = metrics.AUC()  # within a step nothing is looked at, and nothing breaks
    state = metric.stateless_update_state(
        metric.stateless_reset_state(), [0, 1, 1], [np.nan, 2.0, -1.0]
    )
    assert np.isfinite(float(metric.stateless_result(state)))


def test_area_of_logits(engine):
    assert float(
        metrics.AUC(from_logits=True)([0, 0, 1, 1], [-1.0, 0.5, 0.3, 2.0])
    ) == pytest.approx(0.75)


def test_wrong_arguments():
    for arguments, text in [
        ({"num_thresholds": 1}, "`num_thresholds` must be more than 1"),
        ({"curve": "x"}, "`curve` must be one of"),
        ({"summation_method": "x"}, "`summation_method` must be one of"),
        ({"thresholds": [2.0]}, r"must lie between 0 and 1; \[2.0\] do not"),
        ({"num_labels": 2}, "needs `multi_label=True`"),
        (
            {"multi_label": True, "num_labels": 2, "label_weights": [1.0]},
            "1 `label_weights` were given for 2 labels",
        ),
    ]:
        with pytest.raises(ValueError, match=text):
            metrics.AUC(**arguments)
    with pytest.raises(ValueError, match="Precision: `thresholds` must lie"):
        metrics.Precision(thresholds=-0.1)
    with pytest.raises(ValueError, match="BinaryAccuracy: `threshold`"):
        metrics.BinaryAccuracy(threshold=float("nan"))


def test_logits_have_the_threshold_0():
    accuracy = metrics.BinaryAccuracy(threshold=0.0)
    assert float(accuracy(np.array([[1], [0], [1]]), np.array([[2.0], [-1.0], [-3.0]]))) == (
        pytest.approx(2 / 3)
    )
