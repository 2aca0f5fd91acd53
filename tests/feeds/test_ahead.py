"""Slow feeds are pulled by a thread: it overlaps, its errors are the caller's, and it always ends."""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback

import numpy as np
import pytest

import lamina
from lamina import callbacks
from lamina.core.seeds import Cursor
from lamina.feeds.ahead import SLOW, Ahead
from lamina.feeds.arrays import ArrayFeed
from lamina.feeds.batches import StreamFeed
from lamina.feeds.sources import source_of
from tests.training.nets import draw

X, Y = draw((8, 4)), draw((8, 1), seed=1)
COUNT = 6


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def _slowly(count=COUNT, pulled=lambda number: None):
    for number in range(count):
        time.sleep(2 * SLOW)
        pulled(number)
        yield X, Y


def _model():
    model = lamina.Sequential([lamina.Input((4,)), lamina.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def _fit(batches, *hooks, **options):
    return _model().fit(batches, verbose=0, preflight=False, callbacks=list(hooks), **options)


def test_the_next_batch_is_pulled_while_a_step_runs(trains):
    there = [threading.Event() for _ in range(COUNT)]

    class Wait(callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            assert there[min(batch + 1, COUNT - 1)].wait(timeout=10)

    _fit(_slowly(pulled=lambda number: there[number].set()), Wait())


def test_no_more_than_the_queue_holds_is_pulled_ahead():
    pulled, most = [], []
    with Ahead(pulled.append(i) or time.sleep(2 * SLOW) or i for i in range(9)) as items:
        for item in items:
            time.sleep(0.02)
            most.append(len(pulled) - item - 1)
    assert max(most) <= 2


def test_quick_and_single_pulls_start_no_thread():
    for items in (Ahead(i for i in range(100)), Ahead((time.sleep(2 * SLOW) for _ in "a"), False)):
        for _ in items:
            assert "lamina feed" not in {thread.name for thread in threading.enumerate()}


class OfSourceError(RuntimeError):
    pass


def _fails(at):
    yield from _slowly(at)
    raise OfSourceError("the disk is full")


@pytest.mark.parametrize("at", [1, 4])
def test_an_error_of_the_source_is_raised_with_its_own_traceback(at):
    with pytest.raises(OfSourceError, match="disk is full") as caught:
        _fit(_fails(at))
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-1] == "_fails"
    assert "fit" in names


def test_batches_that_do_not_fit_are_named():
    def wrong():
        yield from _slowly(3)
        yield X, Y[:3]

    with pytest.raises(ValueError, match="same number of samples") as caught:
        _fit(wrong())
    assert "in batch 3 of x, a generator" in caught.value.__notes__


class _Stop(callbacks.Callback):
    def __init__(self, how):
        super().__init__()
        self.how = how

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            if self.how is None:
                self.model.stop_training = True
            else:
                raise self.how


@pytest.mark.parametrize("how", [None, KeyboardInterrupt, OfSourceError])
def test_many_starts_and_stops_leave_no_thread(how):
    model, ends = _model(), 0
    for _ in range(67):
        try:
            model.fit(_slowly(), verbose=0, preflight=False, callbacks=[_Stop(how)])
        except BaseException as error:
            assert type(error) is how
        else:
            assert how is None
        ends += 1
    assert ends == 67


def test_ctrl_c_is_heard_while_a_batch_is_waited_for():
    waits, there = threading.Event(), threading.Event()

    def batches():
        yield from _slowly(3)
        waits.set()
        there.wait(timeout=10)
        yield X, Y

    def interrupt():
        waits.wait(timeout=10)
        os.kill(os.getpid(), signal.SIGINT)
        there.set()

    # What a shell starts in the background ignores the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    other = threading.Thread(target=interrupt)
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            _fit(batches())
    finally:
        signal.signal(signal.SIGINT, before)
    other.join()


def test_a_source_that_never_answers_holds_nobody_up(monkeypatch):
    monkeypatch.setattr("lamina.feeds.ahead._PATIENCE", 0.05)
    waits, there = threading.Event(), threading.Event()

    def stuck():
        yield from _slowly(1)
        waits.set()
        there.wait(timeout=10)
        yield X, Y

    with Ahead(stuck()) as items:
        next(items)
        assert waits.wait(timeout=10)
    [thread] = [t for t in threading.enumerate() if t.name == "lamina feed"]
    there.set()
    thread.join()


def test_a_loop_that_is_left_ends_its_thread():
    for _ in range(10):
        with Ahead(_slowly()) as items:
            for _ in items:
                break


def test_the_engine_in_force_is_that_of_the_caller(backend):
    seen = []

    def batches():
        for batch in _slowly(3):
            seen.append(lamina.config.backend())
            yield batch[0]

    with lamina.config.using_backend(backend):
        _model().predict(batches(), verbose=0)
    assert set(seen) == {backend}


FEEDS = {
    "arrays": lambda: ArrayFeed(np.arange(COUNT), batch_size=1, shuffle=True),
    "stream": lambda: StreamFeed(source_of(_slowly()), lambda *data: (data, True)),
}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_the_cursor_counts_what_was_taken_and_not_what_was_pulled(feed):
    feed = feed()
    feed.open()
    positions = []

    class Watch(callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            time.sleep(5 * SLOW)  # the thread pulls ahead
            positions.append(feed.cursor.step)

    hooks = callbacks.CallbackList([Watch()], model=_model())
    lamina.training.loop.run_pass(lambda chunk: {}, feed, hooks, "test")
    assert positions == [*range(1, COUNT + 1)]
    assert (feed.cursor.epoch, feed.cursor.step) == (1, 0)


@pytest.mark.parametrize("done", [1, 3])
def test_a_generator_goes_on_where_the_cursor_stood(done):
    feed = StreamFeed(source_of(iter(np.arange(5)[:, None])), lambda *data: (data, True))
    feed.open()
    feed.go_to(Cursor(0, 0, step=done))
    found = [chunk.batches[0].item() for chunk in feed.chunks(None, lambda: 1)]
    assert found == [*range(5)][done:]
