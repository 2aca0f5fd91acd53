"""A01, A09: whatever goes wrong while weights are loaded, the model stays as it was; loading writes nothing."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import lamina
from lamina.saving import LimitError, LoadError


def small_model():
    return lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,)), lamina.layers.Dense(2)])


@pytest.fixture
def model():
    return small_model()


@pytest.fixture
def path(tmp_path):
    small_model().save_weights(tmp_path / "m.weights.h5")
    return tmp_path / "m.weights.h5"


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a01_whatever_stops_a_load_leaves_all_weights_as_they_were(
    engine, model, path, monkeypatch, error, after
):
    before, left = model.get_weights(), iter([True] * after)

    def read(tensor):
        if next(left, None) is None:
            raise error
        return np.full(tensor.shape, 7, tensor.dtype)

    monkeypatch.setattr("lamina.saving.stores.hdf5.Dataset.read", read)
    with pytest.raises((error, LoadError)):
        model.load_weights(path)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class _Unreadable:
    """An array of the right shape whose values cannot be had."""

    shape = (2,)

    def __array__(self, *args, **kwargs):
        raise MemoryError


@pytest.mark.parametrize("make", [lambda m: m, lambda m: m.optimizer], ids=["model", "optimizer"])
def test_whatever_stops_set_weights_leaves_all_as_they_were(make):
    model = small_model()
    model.compile(lamina.optimizers.SGD(momentum=0.5), "mse")
    model.optimizer.ensure_built(model.trainable_variables)
    target = make(model)
    variables = target.weights if target is model else target.saved_variables
    before = [v.numpy() for v in variables]
    with pytest.raises(MemoryError):
        target.set_weights([*(np.ones(v.shape) for v in variables[:-1]), _Unreadable()])
    for a, v in zip(before, variables, strict=True):
        np.testing.assert_array_equal(a, v.numpy())


def test_loading_takes_little_more_memory_than_the_file(engine, tmp_path):
    """Beside what the model held: the file's arrays, and a few of ten at a time."""
    first = [lamina.layers.Dense(200, input_shape=(200,), use_bias=False)]
    model = lamina.Sequential(first + [lamina.layers.Dense(200, use_bias=False) for _ in range(9)])
    model.save_weights(tmp_path / "m.weights.h5")
    model.load_weights(tmp_path / "m.weights.h5")  # imports what it needs once
    tracemalloc.start()
    try:
        model.load_weights(tmp_path / "m.weights.h5")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.35 * 10 * 200 * 200 * 4


def test_loading_writes_nothing(path):
    before = sorted(p.name for p in path.parent.iterdir()), path.read_bytes()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        small_model().load_weights(path)
    finally:
        path.parent.chmod(0o700)
    assert (sorted(p.name for p in path.parent.iterdir()), path.read_bytes()) == before


@pytest.mark.parametrize("ending", [".weights.h5", ".safetensors", ".npz", ".weights.json"])
def test_a01_memory_that_runs_out_changes_nothing(engine, ending, tmp_path, monkeypatch):
    """At each of the arrays in turn, wherever NumPy is asked for memory."""
    one, model = small_model(), small_model()
    one.save_weights(
        tmp_path / f"m{ending}", **({"max_shard_size": 60 / 2**30} if "json" in ending else {})
    )
    before, empty = model.get_weights(), np.empty
    for last in range(4):
        calls = iter(range(100))

        def scarce(*args, calls=calls, last=last, **kwargs):
            if next(calls) >= last:
                raise MemoryError
            return empty(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr("lamina.core.file_source.np.empty", scarce)
            with pytest.raises(LimitError, match="more than this machine has left"):
                model.load_weights(tmp_path / f"m{ending}")
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    model.load_weights(tmp_path / f"m{ending}")
