"""EarlyStopping, and the directions of metrics that it watches."""

import math

import pytest

from lamina.callbacks import (
    EarlyStopping,
)
from lamina.metrics import AUC
from tests.training.callbacks.fakes import Model, losses, train


def test_early_stopping_restores_the_best_weights(capsys):
    stop = EarlyStopping("loss", patience=2, restore_best_weights=True, verbose=1)
    model = train([stop], losses(3.0, 1.0, 2.0, 2.0, 0.0))
    assert stop.stopped_epoch == 3 and stop.best_epoch == 1
    assert model.weights[0] == [1.0]
    shown = capsys.readouterr().out
    assert "Epoch 4: early stopping" in shown and "best epoch, 2" in shown


def test_a_missing_monitor_is_warned_of_once():
    with pytest.warns(UserWarning) as caught:
        model = train([EarlyStopping("val_los")], [{"loss": 1.0, "val_loss": 1.0}] * 3)
    assert not model.stop_training and len(caught) == 1
    text = str(caught[0].message)
    assert (
        "no 'val_los'" in text
        and "Did you mean 'val_loss'" in text
        and "Available: loss, val_loss" in text
    )


def test_a_missing_validation_is_told_of():
    with pytest.warns(UserWarning, match="Give fit `validation_data`"):
        train([EarlyStopping("val_score")], losses(1.0, name="score"))


def test_an_unknown_direction_is_an_error():
    with pytest.raises(
        ValueError, match=r"'score' should rise or fall is not known\. Say mode='max'"
    ):
        train([EarlyStopping("score")], losses(1.0, name="score"))
    with pytest.warns(UserWarning, match="must be 'auto', 'min' or 'max', not 'big'"):
        EarlyStopping(mode="big")


@pytest.mark.parametrize("name", ["accuracy", "acc", "val_auc", "val_left_accuracy", "precision_1"])
def test_what_should_rise(name):
    stop = EarlyStopping(name)
    train([stop], losses(0.1, 0.2, 0.3, 0.2, 0.1, name=name))
    assert stop.stopped_epoch == 3 and stop.best == 0.3


@pytest.mark.parametrize(
    "name", ["loss", "val_loss", "huber", "mse", "val_mae", "left_loss", "kl_divergence"]
)
def test_what_should_fall(name):
    stop = EarlyStopping(name)
    train([stop], losses(0.3, 0.2, 0.1, 0.2, 0.3, name=name))
    assert stop.stopped_epoch == 3 and stop.best == 0.1


def test_the_metric_of_that_name_decides_first():
    model = Model()
    model.metrics = [AUC(name="error")]
    stop = EarlyStopping("val_error")
    train([stop], losses(0.1, 0.2, 0.1, name="val_error"), model=model)
    assert stop.best == 0.2


def test_nan_is_never_the_best():
    stop = EarlyStopping("loss", patience=3)
    train([stop], losses(math.nan, 2.0, math.nan, 1.0))
    assert stop.best == 1.0 and stop.stopped_epoch == 0
