"""A compiled program of TensorFlow: what a call costs in Python does not grow by much with its arrays."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lamina.engine import repeating
from lamina.engine.current import using
from lamina.engine.memory import aligned
from lamina.engine.tensorflow import compile as programs, repeat
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
