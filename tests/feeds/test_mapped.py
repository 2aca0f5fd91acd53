"""Arrays in files: the numbers of arrays in memory, read forward, a part at a time."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.feeds import mapped
from lamina.feeds.arrays import ArrayFeed, as_arrays
from lamina.preflight.facts import Facts

ROWS, WIDTH = 300, 6
rng = np.random.default_rng(0)
X = rng.normal(size=(ROWS, WIDTH))
Y = rng.integers(0, 3, ROWS).astype("int32")


def in_file(array, path, dtype=None):
    np.save(path, array.astype(dtype or array.dtype))
    return np.load(path, mmap_mode="r")


def model():
    lamina.utils.set_random_seed(1)
    net = lamina.Sequential([layers.Input((WIDTH,)), layers.Dense(3)])
    net.compile("sgd", lamina.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


@pytest.mark.parametrize("dtype", ["float64", "float32", ">f4", "float16"])
@pytest.mark.parametrize("shuffle", [True, False, "batch"])
def test_training_gives_the_numbers_of_arrays_in_memory(tmp_path, trains, shuffle, dtype):
    x, y = in_file(X, tmp_path / "x.npy", dtype), in_file(Y, tmp_path / "y.npy")
    results = []
    for data in ((x, y), (np.array(x), Y)):
        net = model()
        net.fit(*data, 16, 2, verbose=0, shuffle=shuffle, validation_split=0.1)
        results.append([*net.get_weights(), net.predict(data[0], verbose=0)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


class Watched(np.ndarray):
    """Notes which rows are read."""

    read: list

    def __getitem__(self, rows):
        self.read.append(rows)
        return np.asarray(self)[rows]


def test_rows_are_read_forward_and_come_in_the_order_wanted():
    array = X.view(Watched)
    array.read = []
    order = rng.permutation(ROWS)[:100]
    got = mapped.read(array, order, np.empty((100, WIDTH), "float32"))
    np.testing.assert_array_equal(got, X[order].astype("float32"))
    [rows] = array.read
    assert (np.diff(rows) > 0).all()


def test_without_shuffling_each_chunk_is_a_slice_after_the_last(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "lamina.feeds.arrays.read_rows",
        lambda array, rows, out: seen.append(rows) or mapped.read(array, rows, out),
    )
    feed = ArrayFeed(in_file(X, tmp_path / "x.npy"), batch_size=32)
    feed.open()
    assert sum(chunk.count for chunk in feed.chunks(None, lambda: 4)) == 10
    assert all(isinstance(rows, slice) for rows in seen)
    assert [rows.start for rows in seen[1:]] == [rows.stop for rows in seen[:-1]]


def test_a_chunk_is_bounded_however_many_batches_are_welcome(tmp_path, monkeypatch):
    monkeypatch.setattr("lamina.feeds.arrays.CHUNK", 3 * 16 * WIDTH * 8)
    feed = ArrayFeed(in_file(X, tmp_path / "x.npy"), batch_size=16, shuffle=True)
    feed.open()
    assert max(chunk.count for chunk in feed.chunks(None, lambda: 1000)) == 3


def test_training_takes_a_fraction_of_the_memory_of_the_data(tmp_path, monkeypatch, trains):
    path, rows, width = tmp_path / "large.npy", 40_000, 256
    array = np.lib.format.open_memmap(path, "w+", "float32", (rows, width))
    size = array.nbytes
    del array  # zeros, which take no place in the file either
    x = np.load(path, mmap_mode="r")
    monkeypatch.setattr("lamina.feeds.arrays.CHUNK", size // 40)
    monkeypatch.setattr("lamina.training.finite.guard.KEPT", size // 10)
    net = lamina.Sequential([layers.Input((width,)), layers.Dense(1)])
    net.compile("sgd", "mse")
    y = np.zeros(rows, "float32")
    net.fit(x[:64], y[:64], verbose=0)  # what is imported and compiled does not count
    net.evaluate(x[:64], y[:64], verbose=0)
    tracemalloc.start()
    try:
        net.fit(x, y, 128, verbose=0, shuffle=True)
        net.evaluate(x, y, 128, verbose=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 3


def test_checks_look_at_blocks_of_a_file(tmp_path):
    x = in_file(np.arange(50_000.0).reshape(-1, 1), tmp_path / "x.npy")
    facts = Facts(model(), as_arrays(x, "x"), None, None)
    values = facts.inputs[0].values
    assert len(values) == 2048 and facts.samples == 50_000
    assert (np.diff(values[:, 0]) > 0).all() and values[-1, 0] == 49_999
    in_memory = Facts(model(), np.zeros((50_000, 1)), None, None)
    assert len(in_memory.inputs[0].values) == 50_000


def test_a_view_of_a_file_is_known_as_such(tmp_path):
    x = in_file(X, tmp_path / "x.npy")
    assert mapped.is_mapped(x) and mapped.is_mapped(np.asarray(x)[10:, ::2])
    assert (
        not mapped.is_mapped(x + 0) and not mapped.is_mapped(x[[0, 1]]) and not mapped.is_mapped(X)
    )
