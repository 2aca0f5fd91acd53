"""Many shapes of one function on TensorFlow: few traces, bounded memory, the same results."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, models

pytest.importorskip("tensorflow")

from lamina.engine.tensorflow import compile as compiling, stepping


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with lamina.config.using_backend("tensorflow"):
        yield


def counted(fn):
    traces = []

    def call(*args):
        traces.append([tuple(x.shape) for x in args])
        return fn(*args)

    return compiling.Program(call), traces


def test_sizes_that_differ_are_left_open_after_a_few():
    import tensorflow as tf

    run, traces = counted(lambda x, y: {"sum": tf.reduce_sum(x * y, 1), "x": x})
    for n in range(1, 40):
        x = np.full((2, n), 2.0, "float32")
        found = run(x, np.ones((1, n), "float32"))
        np.testing.assert_array_equal(found["sum"], [2 * n, 2 * n])
        assert found["x"].shape == x.shape
    assert len(traces) == compiling._EXACT + 2
    assert traces[-1] == [(2, None), (1, None)]


@pytest.mark.parametrize("decides", [lambda n: n % 2 if n else 0, lambda n: int(n) % 2])
def test_a_function_that_looks_at_a_size_keeps_one_program_for_each(decides):
    run, traces = counted(lambda x: x + float(decides(x.shape[0])))
    for n in range(1, 12):
        np.testing.assert_array_equal(run(np.zeros(n, "float32")), np.full(n, n % 2))
    assert len(traces) >= 11


def test_programs_are_forgotten_in_time(monkeypatch):
    monkeypatch.setattr(compiling, "_KEPT", 3)
    run, traces = counted(lambda x: x + float(int(x.shape[0])))
    for n in [1, 2, 3, 4, 5, 6, 7, 7, 1]:
        np.testing.assert_array_equal(run(np.zeros(n, "float32")), np.full(n, n))
    assert len([shape for shape in traces if None not in shape[0]]) == 8  # the first anew


def test_training_on_many_lengths_traces_few_steps():
    lamina.utils.set_random_seed(0)

    def model():
        net = models.Sequential(
            [
                layers.Embedding(9, 4),
                layers.LSTM(4, return_sequences=True),
                layers.Dense(4, activation="relu"),
                layers.GlobalAveragePooling1D(),
                layers.Dense(1),
            ]
        )
        net.compile("adam", "mse")
        return net

    net, traces = model(), []
    original = stepping.Step._trace

    def trace(self, shapes, *others):
        traces.append(shapes)
        return original(self, shapes, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping.Step, "_trace", trace)
        for length in range(2, 12):
            x = np.random.default_rng(length).integers(0, 9, (3, length))
            assert np.isfinite(net.train_on_batch(x, np.ones((3, 1), "float32")))
    assert len(traces) == compiling._EXACT + 2
