"""Losses and metrics that are said to fit without a try do fit."""

import itertools

import numpy as np
import pytest

import lamina
from lamina import layers, losses, metrics, models
from lamina.core.symbolic import KerasTensor
from lamina.training.fitting import surely_fit

JUDGES = [
    judge
    for module in (losses, metrics)
    for judge in vars(module).values()
    if isinstance(judge, type) and getattr(judge, "fn", None) is not None
]
PREDICTIONS = [(None, 4), (None, 7, 4), (None, 1), (None, None, 4), (3,)]
TARGETS = [(None, 4), (None, 7, 4), (None, 7), (None,), (None, 1), (None, 7, 1), (None, 5), (3,)]


def pairs():
    for targets, predictions in itertools.product(TARGETS, PREDICTIONS):
        for dtype in ("float32", "int32"):
            yield KerasTensor(targets, dtype), KerasTensor(predictions, "float32")


def test_there_are_judges_of_every_kind():
    assert {"MeanSquaredError", "SparseCategoricalCrossentropy", "SparseCategoricalAccuracy"} <= {
        judge.__name__ for judge in JUDGES
    }


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: f"{judge.__module__}.{judge.__name__}")
def test_what_surely_fits_fits(judge):
    made = judge()
    for y, predicted in pairs():
        if surely_fit([made], y, predicted, None):
            sizes = [[2 if n is None else n for n in x.shape] for x in (y, predicted)]
            targets = np.zeros(sizes[0], y.dtype)
            with lamina.config.using_backend("numpy"):
                value = made(targets, np.full(sizes[1], 0.25, "float32"))
            assert np.shape(value) == ()


@pytest.mark.parametrize(
    "y, predicted, weight, fits",
    [
        ((None, 4), (None, 4), None, True),
        ((None, 4), (None, 5), None, False),
        ((None, 4), (None, 4), 1, False),
        ((None,), (None, 1), None, False),
        ((None, 7, 4), (None, 4), None, False),
        ((None, None, 4), (None, None, 4), None, False),
    ],
)
def test_equal_shapes_fit(y, predicted, weight, fits):
    tensors = KerasTensor(y, "float32"), KerasTensor(predicted, "float32")
    assert surely_fit([losses.MeanSquaredError()], *tensors, weight) is fits


def mine(y_true, y_pred):
    return lamina.ops.mean(y_true - y_pred, axis=-1)


@pytest.mark.parametrize(
    "judge",
    [
        losses.CategoricalCrossentropy(axis=1),
        losses.CTC(),
        metrics.TopKCategoricalAccuracy(9),
        metrics.AUC(),
        mine,
        None,
    ],
)
def test_what_is_not_known_is_tried(judge):
    tensors = KerasTensor((None, 4), "float32"), KerasTensor((None, 4), "float32")
    assert not surely_fit([judge], *tensors, None)


def test_targets_that_do_not_fit_are_refused_before_training():
    model = models.Sequential([layers.Dense(3, input_shape=(2,))])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="shape"):
        model.fit(np.zeros((4, 2)), np.zeros((4, 5)), verbose=0)
