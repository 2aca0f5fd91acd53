"""Profile: every part of a training is in its table, and nothing is timed without it."""

from __future__ import annotations

import time

import pytest

from lamina.callbacks import Callback, CallbackList, History, Profile
from tests.training.callbacks import small


class Sleeps(Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.01)


def test_each_part_has_its_row(trains, capsys):
    profile = Profile()
    small.fit(small.model(), profile, Sleeps())
    calls, seconds = profile.clock.calls, profile.clock.seconds
    # Several steps may run in one call.
    assert calls["first step"] == 1 and calls["copying"] == 1 + calls["steps"] <= 8
    assert calls["validation: first step"] == 1 and calls["validation: waiting for data"] > 0
    # Two hooks of each batch, two of each epoch and of each validation, and of the whole.
    assert calls["Sleeps"] == 2 * 8 + 2 * 2 + 2 * 2 + 2
    assert seconds["Sleeps"] >= 0.08 and sum(seconds.values()) <= profile.total
    table = capsys.readouterr().out
    for row in ("waiting for data", "copying", "first step", "steps", "Sleeps", "History"):
        assert f"\n{row} " in table
    assert f"{100.0}%" in table.splitlines()[-1]


def test_the_losses_are_those_without_it(trains):
    profiled = small.fit(small.model(), Profile(verbose=0)).history
    assert profiled == small.fit(small.model()).history


def test_a_second_fit_is_measured_alone():
    profile, net, calls = Profile(verbose=0), small.model(), []
    for _ in range(2):
        small.fit(net, profile)
        calls.append(profile.clock.calls["History"])
    assert calls[0] == calls[1] > 0


def test_steps_go_on_many_in_a_call():
    assert not Profile().watches_batches("train")


def test_nothing_is_timed_without_it():
    assert CallbackList([History()]).clock is None


@pytest.mark.parametrize("seconds", [{"steps": 3.0, "copying": 1.0}])
def test_the_table(seconds):
    profile = Profile()
    profile.total = 5.0
    profile.clock.seconds.update(seconds)
    profile.clock.calls.update({"steps": 1000, "copying": 10})
    assert profile.table().splitlines() == [
        "time went into     seconds   share    calls  each",
        "steps                3.000   60.0%     1000  3ms/call",
        "copying              1.000   20.0%       10  100ms/call",
        "everything else      1.000   20.0%",
        "all                  5.000  100.0%",
    ]
