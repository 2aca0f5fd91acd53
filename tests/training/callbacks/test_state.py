"""A callback that is given its state goes on as if training had never been interrupted."""

import json

import numpy as np
import pytest

from lamina.callbacks import (
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from tests.training.callbacks.fakes import Model

EPOCHS = [{"loss": value} for value in (5.0, 3.0, 4.0, 4.0, 2.0, 3.0, 3.0, 3.0, 3.0)]
BATCHES = 3

MAKES = {
    "EarlyStopping": lambda folder: EarlyStopping("loss", patience=3, restore_best_weights=True),
    "ReduceLROnPlateau": lambda folder: ReduceLROnPlateau("loss", factor=0.5, patience=2),
    "ModelCheckpoint": lambda folder: ModelCheckpoint(
        "{epoch}.weights.h5", "loss", save_best_only=True, save_weights_only=True, mode="min"
    ),
    "ModelCheckpoint of batches": lambda folder: ModelCheckpoint(
        "{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=4
    ),
    "CSVLogger": lambda folder: CSVLogger(folder / "log.csv"),
    "History": lambda folder: History(),
}


def run(hooks, model, epochs, state=None):
    hooks.set_model(model)
    hooks.on_train_begin()
    if state is not None:
        hooks.set_state(state)
    for epoch in epochs:
        hooks.on_epoch_begin(epoch)
        for batch in range(BATCHES):
            hooks.on_train_batch_end(batch, dict(EPOCHS[epoch]))
        model.weights = [np.array([float(epoch)])]
        hooks.on_epoch_end(epoch, dict(EPOCHS[epoch]))
        if model.stop_training:
            break


def seen(model, folder):
    """All that callbacks have done to the world."""
    files = {path.name: path.read_text() for path in folder.iterdir()}
    rate = model.optimizer.learning_rate
    return model.stop_training, rate, model.saved, files, model.history.history, model.history.epoch


@pytest.mark.parametrize("kind", MAKES)
@pytest.mark.parametrize("interrupted", [1, 3, 5])
def test_a_run_in_two_parts_is_the_run_in_one(kind, interrupted, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    model = Model()
    hooks = CallbackList(MAKES[kind](whole), add_history=True)
    run(hooks, model, range(len(EPOCHS)))
    hooks.on_train_end()

    other = Model()
    first = CallbackList(MAKES[kind](parts), add_history=True)
    run(first, other, range(interrupted))
    state = first.get_state()
    if kind == "CSVLogger":  # killed while it was writing the next line
        with (parts / "log.csv").open("a") as file:
            file.write("9,9.0")
    second = CallbackList(MAKES[kind](parts), add_history=True)
    run(second, other, range(interrupted, len(EPOCHS)), state)
    second.on_train_end()
    assert seen(other, parts) == seen(model, whole)
    assert [w.tolist() for w in other.weights] == [w.tolist() for w in model.weights]


@pytest.mark.parametrize("kind", MAKES)
def test_a_state_is_made_of_plain_values(kind, tmp_path):
    hooks = CallbackList(MAKES[kind](tmp_path))
    run(hooks, Model(), range(2))
    json.dumps(hooks.get_state(), default=lambda value: value.tolist())


def test_callbacks_of_one_class_have_states_of_their_own():
    hooks = CallbackList([EarlyStopping("loss"), EarlyStopping("acc", mode="max")])
    assert list(hooks.get_state()) == ["EarlyStopping", "EarlyStopping_2"]
    hooks.set_state({"EarlyStopping_2": {**hooks.get_state()["EarlyStopping_2"], "wait": 4}})
    assert [callback.wait for callback in hooks] == [0, 4]
