"""Facts stand at the losses and metrics: every one on a shelf states them, and yours can, too."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import lamina
from lamina import losses, metrics
from lamina.losses.facts import PREDICTIONS, TARGETS, Takes, loss_function, metric_function

LOSSES = {
    name: thing
    for name, thing in vars(losses).items()
    if not name.startswith("_")
    and (
        (inspect.isclass(thing) and issubclass(thing, losses.Loss) and thing is not losses.Loss)
        or (inspect.isfunction(thing) and "y_pred" in inspect.signature(thing).parameters)
    )
}
# These only gather what they are given, or what their function says.
BARE = {"Metric", "Mean", "Sum", "MeanMetricWrapper", "Exact"}
METRICS = {
    name: thing
    for name, thing in vars(metrics).items()
    if (inspect.isclass(thing) and issubclass(thing, metrics.Metric) and name not in BARE)
    or (inspect.isfunction(thing) and "y_pred" in inspect.signature(thing).parameters)
}
FALL = {
    *("FalsePositives", "FalseNegatives", "BinaryCrossentropy", "CategoricalCrossentropy"),
    *("SparseCategoricalCrossentropy", "KLDivergence", "Poisson", "Hinge", "SquaredHinge"),
    *("CategoricalHinge", "MeanSquaredError", "MeanAbsoluteError", "LogCoshError"),
    *("MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "RootMeanSquaredError"),
}


def _made(cls):
    needed = {"num_classes": 2, "target_class_ids": [0], "precision": 0.5, "recall": 0.5}
    needed |= {"specificity": 0.5, "sensitivity": 0.5}
    parameters = inspect.signature(cls).parameters.values()
    return cls(**{p.name: needed[p.name] for p in parameters if p.default is p.empty})


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_states_what_it_takes(name):
    loss = LOSSES[name]
    takes = (_made(loss) if inspect.isclass(loss) else loss).takes
    assert takes.targets in TARGETS and takes.predictions in PREDICTIONS


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_states_which_way_is_better(name):
    metric = METRICS[name]
    if inspect.isfunction(metric):
        assert metric.better == ("max" if "accuracy" in name or "correl" in name else "min")
        assert metric.takes is not None
        return
    made = _made(metric)
    assert made.better == ("min" if name in FALL else "max")
    assert made.takes.targets in TARGETS and made.takes.predictions in PREDICTIONS


def test_losses_and_metrics_of_ones_own_state_them_too():
    @loss_function(targets="labels", predictions="probabilities")
    def mine(y_true, y_pred):
        return y_pred - y_true

    class Mine(losses.Loss):
        takes = Takes("classes", "shares")

    class Best(metrics.Metric):
        better = "max"

    class OfKeras(metrics.Metric):
        _direction = "down"

    assert losses.loss.LossFunctionWrapper(mine).takes == Takes("labels", "probabilities")
    assert metrics.MeanMetricWrapper(mine).better == "min"
    assert metrics.MeanMetricWrapper(mine).needs_probabilities
    assert (Mine().takes.one_of_several, Best().better, OfKeras().better) == (True, "max", "min")
    with pytest.raises(ValueError, match="'big' is not among"):
        metric_function("big", "labels", "scores")


def test_preflight_reads_the_facts_of_a_loss_of_ones_own():
    @loss_function(targets="labels", predictions="probabilities")
    def mine(y_true, y_pred):
        return lamina.ops.mean(lamina.ops.square(y_pred - y_true), axis=-1)

    model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(1)])
    model.compile("sgd", mine)
    x, y = np.zeros((8, 3), "float32"), np.arange(8) % 2
    texts = [str(finding) for finding in model.preflight(x, y)]
    assert any("has no activation, but mine takes probabilities" in text for text in texts)


def test_a_callback_knows_a_loss_that_serves_as_metric():
    model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(1)])
    model.compile(
        "sgd", "mse", metrics=["huber", metrics.MeanMetricWrapper(losses.log_cosh, "far")]
    )
    x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
    stops = [lamina.callbacks.EarlyStopping(name) for name in ("val_huber", "val_far")]
    model.fit(x, y, validation_data=(x + 0, y + 0), callbacks=stops, verbose=0)
    assert all(stop.best is not None for stop in stops)
