"""Functions that are called often: an engine may change how it runs them, but not what they give."""

import threading

import numpy as np
import pytest

from lamina.testing.contract.checks import F32, close, covers

CALLS = 40  # enough for every engine to settle on how it runs a function


def test_values_that_change_are_never_constants(engine):
    """Every argument counts in every call, however often."""
    run = engine.compile(lambda x, y: engine.add(engine.multiply(x, 2.0), y))
    for i in range(CALLS):
        result = run(engine.asarray(np.full(3, i, F32)), np.full(3, -i, F32))
        close(engine, result, [i, i, i])


def test_numpy_numbers_that_change_are_never_constants(engine):
    run = engine.compile(lambda x, y: engine.add(x, y))
    for i in range(CALLS):
        close(engine, run(engine.asarray(np.full(3, 1, F32)), np.float32(i)), [i + 1] * 3)


def test_the_layout_of_arguments_may_change(engine):
    """An engine may look at how an array lies in memory; what it means does not depend on that."""
    run = engine.compile(lambda x: engine.reshape(engine.add(x, 1.0), (6,)))
    run_as_it_is = engine.compile(lambda x: engine.reshape(x, (6,)))
    x = np.arange(6, dtype=F32).reshape(2, 3)
    straight = engine.asarray(x)
    turned = engine.transpose(engine.asarray(np.ascontiguousarray(x.T)), (1, 0))
    for i in range(CALLS):
        for array in (straight,) if i < CALLS // 2 else (turned, straight):
            close(engine, run(array), x.ravel() + 1)
            close(engine, run_as_it_is(array), x.ravel())


@covers("value_and_grad")
def test_gradients_of_a_hot_function(engine):

    def fn(weights, x):
        def loss(values):
            hidden = engine.relu(engine.matmul(x, values[0]))
            return engine.mean(engine.square(hidden)), {"hidden": hidden, "none": None}

        return engine.value_and_grad(loss)([weights])

    run, rng = engine.compile(fn), np.random.default_rng(0)
    for _ in range(CALLS):
        w, x = rng.normal(size=(4, 3)).astype(F32), rng.normal(size=(5, 4)).astype(F32)
        (value, aux), (gradient,) = run(engine.asarray(w), engine.asarray(x))
        hidden = np.maximum(x @ w, 0)
        close(engine, value, np.mean(hidden**2))
        close(engine, gradient, x.T @ hidden * 2 / hidden.size, rtol=1e-4, atol=1e-6)
        assert aux["none"] is None


@covers("uniform")
def test_draws_of_a_hot_function_follow_the_key(engine):
    run = engine.compile(lambda key: engine.uniform(key, (4,), F32))
    seen = set()
    for i in range(CALLS):
        key = engine.asarray(np.array([1, i], "uint32"))
        draw = engine.to_numpy(run(key))
        np.testing.assert_array_equal(draw, engine.to_numpy(engine.uniform(key, (4,), F32)))
        seen.add(tuple(draw.tolist()))
    assert len(seen) == CALLS


def test_branches_of_a_hot_function_follow_the_value(engine):
    def fn(x):
        positive = engine.greater(engine.sum(x), 0.0)
        return engine.cond(positive, lambda: engine.add(x, 1.0), lambda: engine.negative(x))

    run = engine.compile(fn)
    for i in range(CALLS):
        sign = 1.0 if i % 3 else -1.0
        close(engine, run(engine.asarray(np.full(2, sign, F32))), [2, 2] if sign > 0 else [1, 1])


def test_shapes_and_dtypes_may_change(engine):
    run = engine.compile(lambda x: engine.sum(engine.add(x, x)))
    for i in range(CALLS):
        n = 1 + i % 4
        dtype = F32 if i % 2 else "int32"
        result = run(engine.asarray(np.arange(n).astype(dtype)))
        assert engine.dtype(result) == dtype
        close(engine, result, n * (n - 1))


def test_what_is_given_is_not_written_to(engine):
    run = engine.compile(lambda x: engine.multiply(x, 2.0))
    x = np.ones(3, F32)
    for _ in range(CALLS):
        run(x)
    np.testing.assert_array_equal(x, [1, 1, 1])


@pytest.mark.parametrize("calls", [1, 5])
def test_repeat_goes_on_where_it_stopped(engine, calls):
    """Many calls, many steps each: the same as one step after the other."""

    def step(state, batch):
        state = engine.add(engine.multiply(state, 0.5), engine.sum(batch))
        return state, {"state": state}

    data, rng = np.arange(10, dtype=F32), np.random.default_rng(0)
    run = engine.repeat(step)
    state, expected = engine.asarray(np.float32(0)), 0.0
    for _ in range(calls):
        indices = rng.integers(0, 10, (32, 2)).astype("int32")
        state, logs = run(state, data[indices])
        for row in indices:
            expected = expected * 0.5 + float(data[row].sum())
        close(engine, logs["state"], expected)


def test_threads_share_a_compiled_function(engine):
    run, wrong = engine.compile(lambda x: engine.add(x, 1.0)), []

    def work(number):
        for _ in range(CALLS):
            if float(engine.to_numpy(run(np.full(1, number, F32)))[0]) != number + 1:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
