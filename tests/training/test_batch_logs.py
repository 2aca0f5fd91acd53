"""Logs of batches stay on the device until a callback reads them, and are a dict all the same."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import lamina
from lamina import layers, metrics, ops
from lamina.training import batch_logs
from lamina.training.batch_logs import BatchLogs

READ = {"loss": 0.5, "accuracy": 1.0}


def unread():
    return BatchLogs({"accuracy": ops.ones(()), "loss": ops.ones(()) / 2})


@pytest.mark.parametrize(
    "seen",
    [
        dict,
        lambda logs: {**logs},
        lambda logs: logs | {},
        lambda logs: {} | logs,
        lambda logs: logs.copy(),
        lambda logs: dict(logs.items()),
        lambda logs: dict(zip(logs, logs.values(), strict=True)),
        lambda logs: {name: logs.get(name) for name in logs},
        lambda logs: {name: logs.pop(name) for name in [*logs]},
        lambda logs: (lambda **given: given)(**logs),
        lambda logs: json.loads(json.dumps(logs)),
        lambda logs: pickle.loads(pickle.dumps(logs)),
        copy.copy,
        copy.deepcopy,
        lambda logs: eval(repr(logs)),
    ],
)
def test_every_way_to_read_gives_numbers(seen):
    values = seen(unread())
    assert values == READ and all(type(value) is float for value in values.values())
    assert next(iter(values)) == "loss"


def test_logs_equal_a_dict_and_take_new_values():
    logs = unread()
    assert isinstance(logs, dict) and logs == READ and "loss" in logs and len(logs) == 2
    logs["mine"] = "text"
    logs.update(loss=2.0)
    assert {**logs} == {"loss": 2.0, "accuracy": 1.0, "mine": "text"}
    assert logs.keys() - {"mine"} == {"loss", "accuracy"}


def test_several_values_stay_an_array():
    assert BatchLogs({"each": ops.ones((2,))})["each"].tolist() == [1.0, 1.0]


class Sums(metrics.Metric):
    """A metric whose result is its variable: what the step returns is also its state."""

    def __init__(self):
        super().__init__(name="sum")
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign(self.total + ops.sum(y_true))

    def result(self):
        return self.total.value


def _fit(*callbacks, batches=4, epochs=1):
    model = lamina.Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Sums(), "mae"])
    x = np.ones((8 * batches, 3), "float32")
    y = np.arange(8 * batches, dtype="float32")[:, None]
    model.fit(x, y, batch_size=8, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)


class Keeps(lamina.callbacks.Callback):
    """Keeps the logs of every batch; `names` are read at once."""

    def __init__(self, *names):
        self.names, self.logs = names, []

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append(logs)
        for name in self.names:
            assert isinstance(logs[name], float)


@pytest.fixture
def reads(monkeypatch):
    """The values that have been taken from the device."""
    values = []
    convert = batch_logs.convert_to_numpy

    def counted(value):
        values.append(value)
        return convert(value)

    monkeypatch.setattr(batch_logs, "convert_to_numpy", counted)
    return values


@pytest.mark.parametrize(("names", "per_batch"), [((), 0), (("loss",), 1), (("loss", "loss"), 1)])
def test_what_is_not_read_stays_on_the_device(trains, reads, names, per_batch):
    _fit(Keeps(*names), epochs=2)
    of_epochs = 2 * 3  # the loss and two metrics at the end of each epoch
    assert len(reads) == of_epochs + per_batch * 8


def test_logs_that_are_read_late_are_those_of_their_batch(trains):
    seen = []
    for names in ((), ("loss", "sum", "mae")):
        lamina.utils.set_random_seed(0)
        keeps = Keeps(*names)
        _fit(keeps, batches=20, epochs=2)
        seen.append([dict(logs) for logs in keeps.logs])
    late, early = seen
    assert late == early
    assert len({logs["mae"] for logs in late}) == 40
