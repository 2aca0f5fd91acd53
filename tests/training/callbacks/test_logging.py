"""TerminateOnNaN, CSVLogger and ProgbarLogger."""

import csv
import math

import numpy as np
import pytest

from lamina.callbacks import (
    CallbackList,
    CSVLogger,
    TerminateOnNaN,
)
from tests.training.callbacks.fakes import losses, train


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_ends_training(bad, capsys):
    model = train([TerminateOnNaN()], losses(1.0, bad, 1.0), batches=1)
    assert model.stop_training and len(model.history.epoch) == 2
    assert f"Batch 0: the loss is {bad}" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="the loss is"):
        train([TerminateOnNaN(raise_error=True)], losses(bad), batches=1)


def test_csv_goes_on_in_the_same_file(tmp_path):
    path = tmp_path / "log.csv"
    train([CSVLogger(path, separator=";")], losses(2.0, 1.0))
    train([CSVLogger(path, separator=";", append=True)], losses(0.5))
    rows = list(csv.reader(path.read_text().splitlines(), delimiter=";"))
    assert rows == [
        ["epoch", "loss", "val_loss"],
        ["0", "2.0", "NA"],
        ["1", "1.0", "NA"],
        ["0", "0.5", "NA"],
    ]


def test_csv_has_every_epoch_on_disk_at_once(tmp_path):
    path = tmp_path / "log.csv"
    logger = CSVLogger(str(path))
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 1.0, "val_loss": np.array([1, 2])})
    assert path.read_text() == 'epoch,loss,val_loss\n0,1.0,"""[1, 2]"""\n'
    logger.on_train_end()


def test_progbar_logger_shows_lines(capsys):
    hooks = CallbackList(add_progbar=True, epochs=2, steps=1, verbose=2)
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    hooks.on_train_batch_end(0, {"loss": 9.0})
    hooks.on_test_begin()
    hooks.on_test_batch_end(0, {"loss": 9.0})
    hooks.on_test_end({"loss": 9.0})
    hooks.on_epoch_end(0, {"loss": 1.0})
    hooks.on_train_end()
    hooks.on_predict_begin()
    hooks.on_predict_batch_end(0, {"outputs": object()})
    hooks.on_predict_end()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Epoch 1/2 - 1/1 - ") and lines[0].endswith(" - loss: 1.0000")
    assert lines[1].startswith("1/1 - ")
