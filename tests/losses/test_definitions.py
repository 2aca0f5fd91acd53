"""Losses and metrics against their definitions where Keras 3.15.1 differs from them."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from sklearn import metrics as sk

import lamina
from lamina import losses, metrics, ops

RNG = np.random.default_rng(3)
PROBABILITIES = RNG.dirichlet(np.ones(5), (4, 3)).astype("float32")
ONE_HOT = np.eye(5, dtype="float32")[RNG.integers(0, 5, (4, 3))]


@pytest.mark.parametrize("axis", [None, -1, (1, 2)])
def test_alpha_of_tversky_weighs_false_positives(engine, axis):
    """Salehi et al. 2017, equation 3; Keras has alpha and beta the other way round."""
    alpha, beta = 0.3, 0.8
    both = np.sum(ONE_HOT * PROBABILITIES, axis)
    false_positives = np.sum((1 - ONE_HOT) * PROBABILITIES, axis)
    false_negatives = np.sum(ONE_HOT * (1 - PROBABILITIES), axis)
    expected = 1 - both / (both + alpha * false_positives + beta * false_negatives)
    found = losses.tversky(ONE_HOT, PROBABILITIES, alpha, beta, axis)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5)


def _smoothed(one_hot, amount, axis):
    return one_hot * (1 - amount) + amount / one_hot.shape[axis]


@pytest.mark.parametrize("axis", [-1, 1])
def test_labels_are_smoothed_along_the_axis_of_classes(engine, axis):
    y_true, y_pred = (np.moveaxis(x, -1, axis) for x in (ONE_HOT, PROBABILITIES))
    expected = -np.sum(_smoothed(y_true, 0.2, axis) * np.log(y_pred), axis)
    found = losses.categorical_crossentropy(y_true, y_pred, label_smoothing=0.2, axis=axis)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-4)
    focal = losses.categorical_focal_crossentropy(
        y_true, y_pred, alpha=1.0, gamma=0.0, label_smoothing=0.2, axis=axis
    )
    np.testing.assert_allclose(ops.convert_to_numpy(focal), expected, rtol=1e-4)


@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_f_scores_with_weights(engine, average):
    y, p, w = RNG.integers(0, 2, (20, 3)), RNG.uniform(size=(20, 3)), RNG.uniform(size=20)
    metric = metrics.FBetaScore(average, beta=0.5, threshold=0.4)
    for rows in (slice(0, 8), slice(8, None)):
        metric.update_state(y[rows], p[rows].astype("float32"), w[rows])
    expected = sk.fbeta_score(y, p > 0.4, beta=0.5, average=average, sample_weight=w)
    np.testing.assert_allclose(ops.convert_to_numpy(metric.result()), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "argument", "value"),
    [
        (losses.Huber, "delta", 2.5),
        (losses.Huber, "delta", 1.0),
        (losses.CosineSimilarity, "axis", 1),
        (losses.CosineSimilarity, "axis", -1),
        (losses.SparseCategoricalCrossentropy, "axis", 1),
        (metrics.CosineSimilarity, "axis", 1),
    ],
)
def test_configurations_keep_what_keras_loses(loss, argument, value):
    """Keras' own configurations lack these arguments; here they lack them at their defaults only."""
    config = loss(**{argument: value}).get_config()
    assert getattr(loss.from_config(config), argument) == value


def squared(y_true, y_pred):
    return ops.square(y_true - y_pred)


def mean_of_squares(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred))


class Squared(losses.Loss):
    def call(self, y_true, y_pred):
        return squared(y_true, y_pred)


class MeanOfSquares(losses.Loss):
    def call(self, y_true, y_pred):
        return mean_of_squares(y_true, y_pred)


@pytest.mark.parametrize(
    "shapes",
    [((64,), (64, 1)), ((64, 1), (64,)), ((8, 5), (8, 5, 1)), ((8, 5, 1), (8, 5))],
    ids=str,
)
@pytest.mark.parametrize("loss", [squared, mean_of_squares, Squared, MeanOfSquares])
def test_a_last_axis_of_1_crosses_no_samples(engine, loss, shapes):
    """Losses and metric functions of one's own; in Keras a `Loss` of one's own computes a table."""
    y_true, y_pred = (RNG.normal(size=shape).astype("float32") for shape in shapes)
    expected = np.mean((y_true.reshape(-1) - y_pred.reshape(-1)) ** 2)
    if isinstance(loss, type):
        assert float(loss()(y_true, y_pred)) == pytest.approx(expected, rel=1e-5)
        return
    assert float(losses.loss.LossFunctionWrapper(loss)(y_true, y_pred)) == pytest.approx(
        expected, rel=1e-5
    )
    metric = metrics.MeanMetricWrapper(loss, name="mine")
    with pytest.warns(UserWarning) if loss is mean_of_squares else nullcontext():
        assert float(metric(y_true, y_pred)) == pytest.approx(expected, rel=1e-5)


def crossed(y_true, y_pred):
    return ops.square(ops.expand_dims(y_true, -1) - y_pred)


@pytest.mark.parametrize("shape", [(8,), (8, 1)])
def test_a_value_for_every_pair_of_samples_is_refused(engine, shape):
    y_true, y_pred = np.ones(shape, "float32"), np.ones((8, 1), "float32")
    for thing in (losses.loss.LossFunctionWrapper(crossed), metrics.MeanMetricWrapper(crossed)):
        with pytest.raises(ValueError, match="compares every sample with every other"):
            thing(y_true, y_pred)
    pairs = losses.loss.LossFunctionWrapper(lambda t, p: ops.matmul(p, ops.transpose(p)))
    assert float(pairs(np.arange(8), np.ones((8, 2), "float32"))) == 2.0  # of embeddings: meant


@pytest.mark.parametrize("loss", [squared, Squared()])
def test_a_loss_of_ones_own_in_fit(trains, loss):
    model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(1)])
    model.compile("sgd", loss, metrics=[squared])
    x, y = RNG.normal(size=(64, 3)).astype("float32"), RNG.normal(size=64).astype("float32")
    expected = np.mean((model.predict(x, verbose=0)[:, 0] - y) ** 2)
    assert model.evaluate(x, y, batch_size=64, verbose=0) == pytest.approx([expected] * 2, rel=1e-4)
    assert model.train_on_batch(x, y) == pytest.approx([expected] * 2, rel=1e-4)


def test_metric_functions_of_ones_own_get_float32(engine):
    """A sum over 300 x 300 values overflows float16."""

    def dice(y_true, y_pred):
        return 2 * ops.sum(y_true * y_pred) / (ops.sum(y_true) + ops.sum(y_pred))

    ones = np.ones((1, 300, 300), "float32")
    for half in ("float16", "bfloat16"):
        metric = metrics.MeanMetricWrapper(dice, name="dice")
        with pytest.warns(UserWarning, match="one number for a whole batch"):
            metric.update_state(engine.asarray(ones), engine.cast(engine.asarray(ones), half))
        assert float(metric.result()) == pytest.approx(1.0)


def test_counts_are_attributes(engine):
    precision, area = metrics.Precision(), metrics.AUC(num_thresholds=3)
    for metric in (precision, area, metrics.FBetaScore(), metrics.R2Score()):
        metric.update_state(np.array([[1.0, 0.0]]), np.array([[0.9, 0.8]], "float32"))
    assert precision.true_positives.numpy().tolist() == [1.0]
    assert precision.false_positives.numpy().tolist() == [1.0]
    assert tuple(area.true_negatives.shape) == (3,)
    assert metrics.TruePositives().accumulator.shape == (1,)
    assert [v.name for v in precision.variables] == ["true_positives", "false_positives"]


def test_classes_out_of_range_are_refused_not_passed_over(engine):
    """Keras leaves such samples out, as if they were right."""
    metric = metrics.MeanIoU(2)
    with pytest.raises(ValueError, match="has 2 classes, 0 to 1, but the targets hold 5"):
        metric.update_state(np.array([0, 1, 5]), np.array([0, 1, 1]))
    with pytest.raises(ValueError, match="but the predictions hold -1"):
        metric.update_state(np.array([0, 1, 1]), np.array([0, 1, -1]))
    metric = metrics.MeanIoU(2, ignore_class=255)
    assert float(metric(np.array([0, 1, 255]), np.array([0, 1, 1]))) == 1.0
    metric.update_state(np.array([0, 7]), np.array([0, 1]), sample_weight=np.array([1, 0]))


@pytest.mark.parametrize(("dtype", "start"), [("float32", 2.0**24), ("int32", 2**30 - 2)])
def test_confusions_are_counted_without_an_end(engine, dtype, start):
    """A float32 plus 1 stays 2^24 from there on; an int32 turns negative at 2^31."""
    metric = metrics.MeanIoU(2, dtype=dtype)
    metric.total_cm.assign(np.array([[start, 0], [0, start]], dtype))

    def update(state, y):
        return metric.stateless_update_state(state, y, y)

    state, compiled = [v.value for v in metric.variables], engine.compile(update)
    y_true = engine.asarray(np.array([0]))
    for _ in range(6):
        state = compiled(state, y_true)
    total, carried = (engine.to_numpy(x).astype("float64") for x in state)
    count = (total + carried * (1.0 if dtype == "float32" else 2.0**30))[0, 0]
    assert count == start + 6
    for variable, value in zip(metric.variables, state, strict=True):
        variable.assign(value)
    for _ in range(2 if dtype == "int32" else 0):  # more than an int32 holds
        metric.total_cm.assign(np.array([[2**30 - 1, 0], [0, 2**30 - 1]], dtype))
        metric.update_state(np.array([0, 1]), np.array([0, 1]))
    assert float(metric.result()) == 1.0
    metric.update_state(np.array([0, 1]), np.array([1, 0]))
    assert 0.999 < float(metric.result()) <= 1.0
