"""A compiled program of TensorFlow: what a call costs in Python does not grow by much with its arrays."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lamina.engine import repeating
from lamina.engine.current import using
from lamina.engine.joined import Joined
from lamina.engine.memory import aligned
from lamina.engine.tensorflow import compile as programs, repeat, stepping
from lamina.engine.tensorflow.convert import lent
from lamina.engine.tensorflow.each import each

tf = pytest.importorskip("tensorflow")


def _calls_of_python(count: int, program: programs.Program) -> int:
    """Calls of Python functions in one warm call on arrays that are new, as those of a step are."""
    calls = 0

    def watch(frame, event, _):
        nonlocal calls
        calls += event == "call"

    make = program([tf.zeros((2, 3))] * count)  # what a program returns is new
    program(make)
    new = program(make)
    sys.setprofile(watch)
    try:
        program(new)
    finally:
        sys.setprofile(None)
    return calls


def test_no_python_runs_for_each_array():
    few, many = (
        _calls_of_python(n, programs.Program(lambda xs: [x + 1 for x in xs])) for n in (10, 110)
    )
    assert many - few <= 110  # about one each, within TensorFlow; it was 2,900


@pytest.mark.parametrize("has_methods", [True, False])
def test_shapes_and_dtypes_tell_programs_apart(has_methods, monkeypatch):
    """Also in versions of TensorFlow that lack the methods behind its properties."""
    if not has_methods:
        monkeypatch.setattr(programs, "_shape_of", None)
    traces = []
    program = programs.Program(lambda x: traces.append(x) or x + x)
    kinds = [((2,), "float32"), ((3,), "float32"), ((2, 1), "float32"), ((2,), "int32")]
    for shape, dtype in kinds:
        for _ in range(2):
            result = program(tf.ones(shape, dtype))
            assert (tuple(result.shape), result.dtype.name) == (shape, dtype)
    assert len(traces) == len(kinds)


def test_rows_computed_together_are_those_computed_one_by_one():
    shapes = [(2, 3), (5,), (1,), (200, 200), (4, 1, 2), (), (7,), (3,), (40,)]
    rows = [[tf.random.normal(shape) for _ in range(2)] for shape in shapes]

    def fn(x, y):
        return x * 2 + y, tf.square(y)

    results = programs.Program(lambda rows: each(fn, rows))(rows)
    for row, result in zip(rows, results, strict=True):
        for x, y in zip(fn(*row), result, strict=True):
            np.testing.assert_array_equal(x, y)


def _steps_of_many_small_arrays(calls: int) -> tuple:
    """The state and logs after so many steps on a state of eight arrays, which lie in a vector."""

    def step(state, batch):
        updated = each(lambda value, slope: (value - 0.1 * slope,), [(x, x * batch) for x in state])
        return [x for (x,) in updated], {"sum": tf.add_n([tf.reduce_sum(x) for x in state])}

    run = stepping.Step(step)
    state: object = [tf.reshape(tf.range(i, i + 40, dtype="float32"), (5, 8)) for i in range(8)]
    logs = None
    for _ in range(calls):
        state, logs = run(state, tf.constant(0.25))
    assert isinstance(state, Joined)
    return state.tree(), logs


@pytest.mark.parametrize("executor", [stepping._ONE_THREAD, "NO_SUCH_EXECUTOR"])
def test_a_quick_step_tries_one_thread_and_computes_the_same(executor, monkeypatch):
    expected = _steps_of_many_small_arrays(12)
    ran, straight = [], stepping.straight

    def noting(concrete, name=""):
        run = straight(concrete, name)
        return lambda leaves: ran.append(name) or run(leaves)

    monkeypatch.setattr(stepping, "straight", noting)
    monkeypatch.setattr(stepping, "_ONE_THREAD", executor)
    monkeypatch.setattr(stepping, "_QUICK_CALLS", 2)
    monkeypatch.setattr(stepping, "_TRIALS", 4)
    results = _steps_of_many_small_arrays(12)
    tries = ran.count(executor)
    assert tries == 1 if executor == "NO_SUCH_EXECUTOR" else tries >= 2
    for x, y in zip(tf.nest.flatten(results), tf.nest.flatten(expected), strict=True):
        np.testing.assert_array_equal(x, y)


def test_an_error_within_a_program_says_where_its_operation_was_made():
    program = programs.Program(lambda x: tf.debugging.check_numerics(x, "here"))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"test_tensorflow_calls\.py"):
        program(tf.constant(float("nan")))


def test_what_looks_at_a_whole_row_gets_it_alone():
    rows = [[tf.random.normal((40,))] for _ in range(8)]

    def fn(x):
        return (x / tf.norm(x),)

    for (x,), (y,) in zip(rows, programs.Program(lambda rows: each(fn, rows))(rows), strict=True):
        np.testing.assert_allclose(y, fn(x)[0], rtol=1e-6)


def test_a_loop_gets_aligned_memory_as_it_lies_and_gives_nothing_of_it_back(monkeypatch):
    monkeypatch.setattr(repeat, "_SECONDS_BEFORE", 0.0)
    run = repeat.repeat(lambda state, batch: (state + batch, {"batch": batch}))
    batches = aligned((repeating.STEPS_PER_CALL, 16), np.dtype("float32"))
    batches[...] = 1.0
    state, logs = tf.zeros(16), {}
    with using("tensorflow"):
        for _ in range(4):  # the first compiles, the second measures, the rest try the loop
            state, logs = run(state, batches)
    assert np.shares_memory(np.asarray(lent(batches)), batches)
    assert not np.shares_memory(np.asarray(lent(batches[:, 1:])), batches)
    batches[...] = 7.0
    assert np.asarray(logs["batch"]).max() == 1.0
    np.testing.assert_array_equal(state, np.full(16, 4.0 * len(batches)))
