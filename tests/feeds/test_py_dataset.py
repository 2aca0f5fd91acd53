"""`PyDataset`: numbers, workers, hooks and ends, as Keras' public behaviour has them."""

from __future__ import annotations

import multiprocessing
import random
import threading

import numpy as np
import pytest

import lamina
from lamina.core.seeds import Cursor
from lamina.feeds.sources import source_of

COUNT = 5


class Batches(lamina.utils.PyDataset):
    def __init__(self, **options):
        super().__init__(**options)
        self.told = []

    def __len__(self):
        return COUNT

    def __getitem__(self, number):
        self.told.append(number)
        return np.full((2, 3), number, "float32"), np.ones((2, 1), "float32")

    def on_epoch_begin(self):
        self.told.append("begin")

    def on_epoch_end(self):
        self.told.append("end")


class Endless(Batches):
    __len__ = None
    num_batches = None


class Drawn(Batches):
    def __getitem__(self, number):
        return np.array([[number, np.random.random(), random.random()]])


class Fails(Batches):
    def __getitem__(self, number):
        raise FileNotFoundError(f"no file {number}")


@pytest.fixture
def spawned(monkeypatch):
    """Processes begin anew: a fork of a process with JAX's threads would be warned of."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("forkserver", force=True)
    yield
    multiprocessing.set_start_method(before, force=True)


def _model():
    model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_keras_names_and_defaults():
    data = Batches()
    assert lamina.utils.Sequence is lamina.utils.PyDataset
    assert (data.workers, data.use_multiprocessing, data.max_queue_size) == (1, False, 10)
    assert data.num_batches == COUNT


def test_a_subclass_may_leave_the_constructor_out():
    kind = type("Own", (Batches,), {"__init__": lambda self: None, "told": []})
    assert _model().predict(kind(), verbose=0).shape == (10, 1)


def test_hooks_frame_each_epoch():
    data = Batches()
    _model().fit(data, epochs=2, shuffle=False, verbose=0, preflight=False)
    assert data.told == ["begin", *range(COUNT), "end"] * 2


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_come_in_order_however_many_make_them(workers):
    data = Batches(workers=workers, max_queue_size=2)
    source = source_of(data)
    assert [int(x[0, 0]) for x, _ in source.start(Cursor(0, 0))] == [*range(COUNT)]
    assert [int(x[0, 0]) for x, _ in source.start(Cursor(0, 0, step=3))] == [3, 4]


def test_one_without_an_end_goes_on_with_its_numbers():
    data = Endless()
    _model().fit(data, epochs=2, steps_per_epoch=3, verbose=0, preflight=False)
    assert data.told == ["begin", 0, 1, 2, "end", "begin", 3, 4, 5, "end"]
    with pytest.raises(ValueError, match=r"no end.*`steps_per_epoch`"):
        _model().fit(Endless(), verbose=0)


def test_one_that_says_no_length_is_refused():
    kind = type("Own", (lamina.utils.PyDataset,), {"__getitem__": Batches.__getitem__})
    with pytest.raises(NotImplementedError, match="Own must have `__len__`"):
        _model().predict(kind(), verbose=0)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_worker_is_the_data_sets_own(workers):
    with pytest.raises(FileNotFoundError, match="no file 0"):
        _model().predict(Fails(workers=workers), verbose=0)


def test_workers_end_with_the_call():
    before = set(threading.enumerate())

    class Stop(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    _model().fit(Endless(workers=3), steps_per_epoch=9, verbose=0, callbacks=[Stop()])
    assert set(threading.enumerate()) <= before


def test_processes_draw_alike_whatever_their_number(spawned):
    def drawn(workers, **at):
        source = source_of(Drawn(workers=workers, use_multiprocessing=True))
        return np.concatenate([*source.start(Cursor(3, 1, **at))])

    first = drawn(1)
    np.testing.assert_array_equal(first, drawn(2))
    assert first[:, 0].tolist() == [*range(COUNT)]
    assert len(set(first[:, 1])) == COUNT
    assert multiprocessing.active_children() == []
