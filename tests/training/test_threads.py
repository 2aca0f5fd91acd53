"""Threads that share a model: nothing is ever taken away from its variables."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import lamina
from lamina import layers, models, ops

THREADS, CALLS = 8, 100


@pytest.fixture
def model(backend):
    lamina.utils.set_random_seed(1)
    return models.Sequential(
        [
            layers.Dense(16, activation="relu", input_shape=(6,)),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )


def _at_once(works, backend):
    """Run every work in a thread of its own, on the engine under test; raise what they raise."""
    raised = []

    def run(work):
        try:
            with lamina.config.using_backend(backend):
                work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


@pytest.mark.parametrize("how", ["predict", "predict_on_batch", "__call__"])
def test_eight_threads_get_what_one_gets(model, backend, how):
    call = {
        "predict": lambda x: model.predict(x, verbose=0),
        "predict_on_batch": model.predict_on_batch,
        "__call__": lambda x: ops.convert_to_numpy(model(x)),
    }[how]
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(4, 6)).astype("float32") for _ in range(THREADS)]
    expected = [call(x) for x in inputs]
    wrong = []

    def work(number):
        for _ in range(CALLS):
            found = call(inputs[number])
            if not np.allclose(found, expected[number], rtol=1e-5, atol=1e-7):
                wrong.append(number)

    _at_once([lambda n=n: work(n) for n in range(THREADS)], backend)
    assert wrong == []


def test_a_new_model_is_built_once_by_many_threads(backend):
    model = models.Sequential([layers.Dense(4), layers.Dense(2)])
    x = np.ones((3, 5), "float32")
    results = []
    _at_once([lambda: results.append(ops.convert_to_numpy(model(x)))] * THREADS, backend)
    assert len(model.weights) == 4
    for found in results[1:]:
        np.testing.assert_allclose(found, results[0], rtol=1e-5)


def test_predicting_while_another_thread_trains(model, backend):
    if backend == "numpy":
        pytest.skip("NumPy computes no gradients, so there is no training to predict beside")
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(256, 6)).astype("float32"), rng.integers(0, 3, 256)
    model.fit(x, y, epochs=1, verbose=0)
    done = threading.Event()

    def train():
        try:
            model.fit(x, y, epochs=20, batch_size=16, verbose=0)
        finally:
            done.set()

    def watch():
        while not done.is_set():
            found = model.predict(x[:8], verbose=0)
            assert np.all(np.isfinite(found))
            np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-4)
            assert all(np.all(np.isfinite(w)) for w in model.get_weights())

    _at_once([train, watch, watch], backend)


def test_a_thread_may_use_another_engine(model):
    """`using_backend` binds the engine for the context only."""
    x = np.ones((2, 6), "float32")
    found = {}

    def work(name):
        for _ in range(20):
            with lamina.config.using_backend(name):
                assert lamina.config.backend() == name
                found[name] = model.predict(x, verbose=0)

    names = [n for n in ("jax", "numpy") if n]
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found["jax"], found["numpy"], rtol=1e-4, atol=1e-6)
