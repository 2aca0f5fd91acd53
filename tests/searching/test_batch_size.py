"""The largest batch that fits, and the fastest: with memory that runs out, and with a made-up clock."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from lamina import Input, Sequential, layers
from lamina.engine.current import engine
from lamina.searching import host_memory
from lamina.searching.batch_size import BatchSizes, try_sizes

X, Y = np.ones((40, 3), "float32"), np.ones((40, 1), "float32")


@functools.cache
def _refusal(name: str) -> Exception:
    """Return the error with which an engine refuses four pebibytes; TensorFlow first waits for ten seconds."""
    try:
        engine().synchronize([engine().full((2**50,), 1.0, "float32")])
    except Exception as error:
        return error
    raise AssertionError(f"{name} has four pebibytes.")


class Greedy(Sequential):
    """Runs out of memory for more than so many samples, as each engine does in its own way."""

    most = 10**9

    def train_on_batch(self, x, *more, **options):
        if len(x) > self.most:
            raise _refusal(engine().name)
        return super().train_on_batch(x, *more, **options)


def _model(most=10**9):
    model = Greedy([Input((3,)), layers.Dense(1)])
    model.most = most
    model.compile("sgd", "mse")
    return model


def test_memory_that_runs_out_ends_the_search(trains):
    model = _model(most=5)
    found = model.find_batch_size(X, Y)
    assert (found.largest, found.too_large, [*found.seconds]) == (5, 6, [1, 2, 4, 5])
    assert np.isfinite(model.train_on_batch(X[:2], Y[:2]))


def test_not_even_one_sample():
    with pytest.raises(MemoryError, match="not even a batch of one sample"):
        _model(most=0).find_batch_size(X, Y)


def test_other_errors_are_not_taken_for_it():
    class Own(layers.Layer):
        def call(self, x, training=False):
            if training and (x.shape[0] or 0) > 4:
                raise RuntimeError("out of luck")
            return x

    model = Sequential([Input((3,)), Own(), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="out of luck") as raised:
        model.find_batch_size(X, Y)
    assert "with a batch of 8" in "".join(raised.value.__notes__)


@pytest.mark.parametrize("limit", [1, 2, 5, 16, 17, 100, 1000, 1023])
def test_the_limit_is_found_to_a_sixteenth(limit):
    tried = []

    def seconds_of(size):
        tried.append(size)
        return 1.0 if size <= limit else None

    found = try_sizes(seconds_of, 10**6)
    assert found.largest <= limit < found.too_large
    assert found.too_large - found.largest <= max(1, found.largest // 16)
    assert len(tried) == len(set(tried)) < 2 + np.log2(limit) + 6


def test_the_fastest_is_the_one_with_the_least_time_per_sample():
    found = BatchSizes({1: 1.0, 4: 1.0, 2: 1.0, 8: 4.0}, None)
    assert (found.largest, found.fastest, [*found.seconds]) == (8, 4, [1, 2, 4, 8])
    assert "fastest per sample" in str(found) and "does not fit" not in str(found)


def test_batches_are_made_of_the_first_batch():
    found = _model().find_batch_size(Loader(), most=8)
    assert [*found.seconds] == [1, 2, 4, 8]


class Loader:
    def __iter__(self):
        return iter([(X[:2], Y[:2])])


def test_the_host_is_not_filled_up(monkeypatch):
    """On the host a process that takes too much is ended, so the size is refused before."""
    peaks = iter([100, 100 + 10, 100 + 20, 100 + 40])
    monkeypatch.setattr(host_memory, "_peak", lambda: next(peaks))
    monkeypatch.setattr(host_memory, "_limit", lambda: 200)
    memory = host_memory.HostMemory()
    fits = []
    for size in (1, 2, 4):
        memory.note(size)
        fits.append(memory.has_room_for(2 * size))
    assert fits == [True, True, True] and not memory.has_room_for(9)


def test_it_is_drawn():
    figure = BatchSizes({1: 1.0, 2: 1.5}, 4).plot()
    assert figure.axes[0].get_xscale() == "log" and len(figure.axes[0].lines) == 2
