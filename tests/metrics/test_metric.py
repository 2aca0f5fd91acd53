"""The base of metrics: state, its names, stateless use, configurations."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lamina import Variable, metrics, ops
from lamina.core.masks import set_mask
from lamina.core.scope import StatelessScope
from lamina.engine.current import engine as current_engine, using


def _binary(rng, n):
    return rng.integers(0, 2, (n, 3)), rng.uniform(0, 1, (n, 3)).astype("float32")


def _one_hot(rng, n):
    return np.eye(7)[rng.integers(0, 7, n)], rng.dirichlet(np.ones(7), n).astype("float32")


def _sparse(rng, n):
    return rng.integers(0, 7, n), rng.dirichlet(np.ones(7), n).astype("float32")


def _positive(rng, n):
    return 1.0 + rng.poisson(2.0, (n, 3)), rng.gamma(2.0, size=(n, 3)).astype("float32")


def _numbers(rng, n):
    return rng.normal(size=(n, 3)).astype("float32"), rng.normal(size=(n, 3)).astype("float32")


def _pairs(rng, n):
    return rng.integers(0, 7, n), rng.integers(0, 7, n)


def _called(cls, **options):
    """A class whose constructor needs, or is given, these arguments."""

    def make(**kwargs):
        return cls(**options, **kwargs)

    make.__name__ = cls.__name__
    make.cls = cls
    return make


DATA = {
    metrics.MeanSquaredError: _binary,
    metrics.MeanAbsoluteError: _binary,
    metrics.RootMeanSquaredError: _binary,
    metrics.Accuracy: lambda rng, n: (rng.integers(0, 2, n), rng.integers(0, 2, n)),
    metrics.BinaryAccuracy: _binary,
    metrics.BinaryCrossentropy: _binary,
    metrics.CategoricalAccuracy: _one_hot,
    metrics.CategoricalCrossentropy: _one_hot,
    metrics.TopKCategoricalAccuracy: _one_hot,
    metrics.SparseCategoricalAccuracy: _sparse,
    metrics.SparseCategoricalCrossentropy: _sparse,
    metrics.SparseTopKCategoricalAccuracy: _sparse,
    metrics.AUC: _binary,
    metrics.Precision: _binary,
    metrics.Recall: _binary,
    metrics.TruePositives: _binary,
    metrics.FalsePositives: _binary,
    metrics.TrueNegatives: _binary,
    metrics.FalseNegatives: _binary,
    metrics.MeanAbsolutePercentageError: _positive,
    metrics.MeanSquaredLogarithmicError: _positive,
    metrics.LogCoshError: _positive,
    metrics.CosineSimilarity: _positive,
    metrics.ConcordanceCorrelation: _positive,
    metrics.Hinge: _binary,
    metrics.SquaredHinge: _binary,
    metrics.CategoricalHinge: _one_hot,
    metrics.KLDivergence: _one_hot,
    metrics.Poisson: _positive,
    metrics.BinaryIoU: _binary,
    _called(metrics.IoU, num_classes=7, target_class_ids=[0, 3]): _pairs,
    _called(metrics.MeanIoU, num_classes=7): _pairs,
    _called(metrics.OneHotMeanIoU, num_classes=7): _one_hot,
    _called(metrics.PrecisionAtRecall, recall=0.5, num_thresholds=20): _binary,
    _called(metrics.RecallAtPrecision, precision=0.5, num_thresholds=20): _binary,
    _called(metrics.SensitivityAtSpecificity, specificity=0.5, num_thresholds=20): _binary,
    _called(metrics.SpecificityAtSensitivity, sensitivity=0.5, num_thresholds=20): _binary,
    _called(metrics.FBetaScore, average="macro"): _binary,
    _called(metrics.F1Score, average="weighted", threshold=0.5): _binary,
    metrics.R2Score: _numbers,
}


def _counting(cls, **kwargs):
    """Weights of IoU need a float dtype."""
    dtype = "float32" if "IoU" in cls.__name__ else None
    return cls(dtype=dtype, **kwargs)


def _weights(rng, n, weighted):
    return rng.uniform(0, 2, n).astype("float32") if weighted else None


def _result(metric, batches):
    """Its result after these batches; in one program on JAX, which compiles that far sooner."""
    engine = current_engine()
    if engine.name != "jax" or not metric.variables:  # the first batch makes them
        for batch in batches:
            metric.update_state(*batch)
        return float(metric.result())

    def program(state, batches):
        for batch in batches:
            state = metric.stateless_update_state(state, *batch)
        return metric.stateless_result(state)

    return float(engine.compile(program)([v.value for v in metric.variables], batches))


@settings(max_examples=5, deadline=None)
@given(
    seed=st.integers(0, 999),
    sizes=st.sampled_from([(1, 5), (2, 1, 3)]),  # few: each shape is compiled
    weighted=st.booleans(),
)
@pytest.mark.parametrize("cls", DATA)
def test_over_batches_equals_over_the_whole(backend, cls, seed, sizes, weighted):
    rng = np.random.default_rng(seed)
    whole = [*DATA[cls](rng, sum(sizes))]
    if weighted:
        whole.append(_weights(rng, sum(sizes), weighted))
    parts = zip(*(np.split(x, np.cumsum(sizes)[:-1]) for x in whole), strict=True)
    with using(backend):
        of_whole = _result(_counting(cls, name="whole"), [tuple(whole)])
        of_parts = _result(_counting(cls, name="parts"), list(parts))
        np.testing.assert_allclose(of_parts, of_whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("cls", DATA)
def test_stateless_equals_stateful_also_compiled(engine, cls, weighted):
    rng = np.random.default_rng(1)
    y_true, y_pred = DATA[cls](rng, 8)
    weight = _weights(rng, 8, weighted)
    metric = _counting(cls)
    if not metric.variables or isinstance(metric, metrics.R2Score):  # the first batch makes them
        metric.update_state(y_true, y_pred, weight)
        metric.reset_state()
    state = metric.stateless_reset_state()

    def update(state, *batch):
        return metric.stateless_update_state(state, *batch)

    batch = [engine.asarray(x) for x in (y_true, y_pred, weight) if x is not None]
    compiled = engine.compile(update)(state, *batch)
    for found, again in zip(update(state, *batch), compiled, strict=True):
        np.testing.assert_allclose(
            engine.to_numpy(found), engine.to_numpy(again), rtol=1e-6, atol=1e-6
        )
    assert float(metric.result()) == 0.0  # the metric itself has seen nothing
    metric.update_state(y_true, y_pred, weight)
    np.testing.assert_allclose(
        float(metric.stateless_result(compiled)), float(metric.result()), rtol=1e-6
    )
    metric.reset_state()
    assert float(metric.result()) == 0.0


@pytest.mark.parametrize("cls", [metrics.Mean, metrics.Sum, *DATA])
def test_fresh_metrics_are_zero_and_their_configuration_is_data(engine, cls):
    metric = cls(name="mine", dtype="float32")
    assert float(metric.result()) == 0.0
    config = json.loads(json.dumps(metrics.serialize(metric)))
    again = metrics.deserialize(config)
    assert (
        type(again) is getattr(cls, "cls", cls)
        and again.name == "mine"
        and metrics.serialize(again) == config
    )
    assert all(
        v.path.startswith("mine/") and not v.trainable and v.aggregation == "sum"
        for v in metric.variables
    )


class Spread(metrics.Metric):
    """Holds other metrics, one directly, others in containers."""

    def __init__(self, name="spread"):
        super().__init__(name=name)
        self.mean = metrics.Mean(name="m")
        self.others = [metrics.Mean(name="a"), {"b": metrics.Sum(name="b")}]
        self.own = self.add_weight(name="own")
        self.plain = Variable(0.0, name="plain")

    def update_state(self, values):
        self.mean.update_state(values)
        self.others[1]["b"].update_state(values)
        self.own.assign_add(1.0)
        self.plain.assign_add(1.0)

    def result(self):
        return {
            "mean": self.mean.result(),
            "sum": self.others[1]["b"].result(),
            "calls": self.own.value,
        }


def test_metrics_within_metrics(engine):
    spread = Spread()
    assert [v.path for v in spread.variables] == [
        "spread/own",
        "plain",
        "m/total",
        "m/count",
        "a/total",
        "a/count",
        "b/total",
    ]
    spread(np.array([1.0, 3.0]))
    state = spread.stateless_update_state([v.value for v in spread.variables], np.array([5.0, 7.0]))
    logs = spread.stateless_result(state)
    assert {name: float(x) for name, x in logs.items()} == {"mean": 4.0, "sum": 16.0, "calls": 2.0}
    spread.reset_state()
    assert {float(x) for x in spread.result().values()} == {0.0}
    assert (
        Spread.from_config(spread.get_config()).name == "spread"
    )  # its constructor takes no dtype


def test_mean_counts_samples(engine):
    mean = metrics.Mean()
    mean.update_state(np.arange(12.0).reshape(4, 3))
    assert (float(mean.total.value), float(mean.count.value)) == (22.0, 4.0)
    mean.reset_state()
    mean.update_state(np.arange(12.0).reshape(4, 3), np.arange(4.0))
    assert (float(mean.total.value), float(mean.count.value)) == (48.0, 6.0)
    mean.reset_state()
    mean.update_state(3.0, sample_weight=128)
    assert (float(mean.total.value), float(mean.count.value)) == (384.0, 128.0)


def test_a_scalar_mean_costs_few_operations(engine, monkeypatch):
    mean, done = metrics.Mean(), []
    mean.update_state(engine.asarray(1.0))
    counted = vars(current_engine())
    for name in (
        "add",
        "multiply",
        "divide",
        "sum",
        "cast",
        "asarray",
        "reshape",
        "full",
        "where",
        "equal",
    ):
        original = counted[name]
        monkeypatch.setitem(
            counted,
            name,
            lambda *a, name=name, original=original, **k: (done.append(name), original(*a, **k))[1],
        )
    mean.update_state(engine.asarray(2.0), sample_weight=3)
    assert done == ["asarray", "multiply", "add", "add"]


def test_masks_and_weights(engine):
    y_pred = engine.asarray(np.array([[[1.0], [2.0]], [[3.0], [9.0]]], "float32"))
    set_mask(y_pred, engine.asarray(np.array([[True, True], [True, False]])))
    y_true = np.zeros((2, 2, 1))
    for cls, expected in [
        (metrics.MeanSquaredError, 14 / 3),
        (metrics.RootMeanSquaredError, (14 / 3) ** 0.5),
        (metrics.MeanAbsoluteError, 2.0),
    ]:
        assert float(cls()(y_true, y_pred)) == pytest.approx(expected)
    assert float(
        metrics.MeanAbsoluteError()(y_true, y_pred, np.array([[0.0, 1.0], [1.0, 5.0]]))
    ) == pytest.approx(2.5)
    shares = engine.divide(y_pred, 10.0)
    set_mask(shares, engine.asarray(np.array([[True, True], [True, False]])))
    assert float(metrics.FalsePositives(0.15)(y_true, shares)) == 2.0
    assert (
        float(metrics.AUC()(np.array([[[1], [1]], [[1], [0]]]), shares)) == 0.0
    )  # the only negative is masked


def test_ignored_classes_do_not_count(engine):
    metric = metrics.SparseCategoricalCrossentropy(ignore_class=-1, from_logits=True)
    assert float(metric(np.array([0, -1, 2]), np.zeros((3, 3)))) == pytest.approx(
        np.log(3), rel=1e-6
    )


def test_within_a_scope_nothing_is_kept(engine):
    mean = metrics.Mean()
    with StatelessScope() as scope:
        mean.update_state(np.array([4.0]))
        assert float(mean.result()) == 4.0
    assert float(mean.result()) == 0.0 and float(scope.get_current_value(mean.total)) == 4.0


def test_a_wrapped_function_keeps_its_name_and_arguments():
    metric = metrics.MeanMetricWrapper(metrics.binary_accuracy, threshold=0.7)
    assert metric.name == "binary_accuracy"
    assert float(metric(np.array([[1.0]]), np.array([[0.6]]))) == 0.0
    config = metric.get_config()
    assert config["fn"] is metrics.binary_accuracy and config["threshold"] == 0.7


def test_get_and_errors():
    assert isinstance(metrics.get("mse"), metrics.MeanSquaredError)
    assert isinstance(metrics.get("binary_accuracy"), metrics.BinaryAccuracy)
    assert isinstance(metrics.get("auc"), metrics.AUC)
    assert metrics.get(metrics.binary_accuracy) is metrics.binary_accuracy
    assert metrics.get(None) is None
    with pytest.raises(ValueError, match=r"no metric named 'precison'. Did you mean 'precision'"):
        metrics.get("precison")
    with pytest.raises(ValueError, match=r"'mean' has 2 variables .* but 1 values"):
        metrics.Mean().stateless_result([1.0])
    with pytest.raises(NotImplementedError, match="must write `update_state`"):
        metrics.Metric().update_state(1)
    with pytest.raises(NotImplementedError, match="must write `result`"):
        metrics.Metric().result()
    with pytest.raises(ValueError, match="`sample_weight` has shape"):
        metrics.Mean().update_state(np.ones((4, 3)), np.ones(3))


def test_state_follows_the_engine():
    mean = metrics.Mean()
    with using("jax"):
        mean.update_state(np.array([1.0]))
    with using("numpy"):
        mean.update_state(np.array([3.0]))
        assert float(mean.result()) == 2.0


def test_names_and_shapes(engine):
    first, second = metrics.AUC(), metrics.AUC()
    assert first.name != second.name and first.name.startswith("auc")
    assert repr(metrics.Mean()) == "<Mean name=mean>"
    assert ops.shape(metrics.Precision(thresholds=[0.2, 0.5]).result()) == (2,)


@pytest.mark.parametrize("cls", [metrics.Mean, *DATA])
def test_merging_is_the_same_as_taking_in_both(engine, cls):
    rng = np.random.default_rng(5)
    data = [DATA[cls](rng, n) if cls is not metrics.Mean else (rng.normal(size=n),) for n in (6, 4)]
    one, other, both = (cls() for _ in range(3))
    for metric, batches in ((one, data[:1]), (other, data[1:]), (both, data)):
        for batch in batches:
            metric.update_state(*batch)
    one.merge_state([other])
    np.testing.assert_allclose(float(one.result()), float(both.result()), rtol=1e-5, atol=1e-6)


def test_what_cannot_be_merged(engine):
    with pytest.raises(ValueError, match="of different kinds or shapes"):
        metrics.Mean().merge_state([metrics.Sum()])
    with pytest.raises(ValueError, match="of different kinds or shapes"):
        metrics.Precision().merge_state([metrics.Precision([0.2, 0.4])])
    largest = metrics.Metric(name="largest")
    largest.add_variable((), "zeros", aggregation="mean", name="value")
    with pytest.raises(ValueError, match="do not combine by adding"):
        largest.merge_state([largest])


@pytest.mark.parametrize(
    "metric",
    [
        lambda: metrics.Precision(),
        lambda: metrics.AUC(),
        lambda: metrics.BinaryAccuracy(),
        lambda: metrics.F1Score(threshold=0.5),
        lambda: metrics.BinaryIoU(),
        lambda: metrics.PrecisionAtRecall(0.5),
        lambda: metrics.BinaryCrossentropy(),
    ],
)
def test_logits_are_refused_where_probabilities_are_needed(engine, metric):
    y_true, logits = np.array([[1], [0]]), np.array([[3.0], [-2.0]], "float32")
    for predictions in (logits, engine.asarray(logits)):
        with pytest.raises(ValueError, match=r"needs probabilities.* from -2 to 3.*from_logits"):
            metric().update_state(y_true, predictions)
    metric().update_state(y_true, 1 / (1 + np.exp(-logits)))


def test_logits_are_taken_where_they_are_meant(engine):
    y_true, logits = np.array([[1], [0]]), np.array([[3.0], [-2.0]], "float32")
    assert float(metrics.Precision(thresholds=0)(y_true, logits)) == 1.0
    assert float(metrics.AUC(from_logits=True)(y_true, logits)) == 1.0
    assert float(metrics.BinaryCrossentropy(from_logits=True)(y_true, logits)) < 0.2


def test_weights_that_integers_would_cut_off_are_refused(engine):
    metric = metrics.MeanIoU(2)
    metric.update_state([0, 1], [0, 1], [1.0, 2.0])
    for weight in ([0.5, 1.0], engine.asarray(np.array([0.5, 1.0], "float32"))):
        with pytest.raises(ValueError, match="dtype='float32'"):
            metric.update_state([0, 1], [0, 1], weight)


def test_a_metric_that_needs_arguments_says_so():
    with pytest.raises(ValueError, match=r"MeanIoU needs the argument\(s\) \['num_classes'\]"):
        metrics.get("MeanIoU")
