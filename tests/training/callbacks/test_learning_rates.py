"""LearningRateScheduler and ReduceLROnPlateau."""

import pytest

from lamina.callbacks import (
    LearningRateScheduler,
    ReduceLROnPlateau,
)
from tests.training.callbacks.fakes import Model, losses, train


def test_schedule_with_one_and_with_two_arguments():
    for schedule in (
        lambda epoch: 0.5**epoch,
        lambda epoch, rate: 0.5**epoch,
        lambda epoch, rate=None: 0.5**epoch,
    ):
        model = train([LearningRateScheduler(schedule)], losses(1.0, 1.0, 1.0))
        assert model.history.history["learning_rate"] == [1.0, 0.5, 0.25]


def test_an_error_in_the_schedule_stays_what_it_is():
    def schedule(epoch, rate):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        train([LearningRateScheduler(schedule)], losses(1.0))


def test_a_schedule_must_return_a_number(capsys):
    with pytest.raises(ValueError, match="must return a number, but returned None for epoch 0"):
        train([LearningRateScheduler(lambda epoch: None)], losses(1.0))
    with pytest.raises(TypeError, match="must be a function"):
        LearningRateScheduler(0.1)
    train([LearningRateScheduler(lambda epoch: 0.25, verbose=1)], losses(1.0))
    assert capsys.readouterr().out == "Epoch 1: the learning rate is set to 0.25\n"


def test_plateau_checks_its_arguments(capsys):
    with pytest.raises(ValueError, match="`factor` must be below 1"):
        ReduceLROnPlateau(factor=1.0)
    with pytest.raises(TypeError, match="paitence"):
        ReduceLROnPlateau(paitence=1)
    assert ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5
    train([ReduceLROnPlateau("loss", patience=1, verbose=1)], losses(1.0, 1.0))
    assert "Epoch 2: the learning rate is reduced to 0.1" in capsys.readouterr().out


def test_plateau_refuses_a_schedule_before_training():
    class Scheduled:
        learning_rate = property(lambda self: 0.1)

    model = Model()
    model.optimizer = Scheduled()
    with pytest.raises(AttributeError):
        train([ReduceLROnPlateau("loss")], [], model=model)
