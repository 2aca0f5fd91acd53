"""Functions of functions: values, symbolic tensors, compiled code and gradients, beside Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.core import tree

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
V = np.arange(1, 6, dtype="float32")


def add_and_multiply(a: Any, b: Any) -> Any:
    return {"sum": a["sum"] + b["sum"], "product": a["product"] * b["product"]}


# name -> (what is called with an `ops` and arrays, the arrays); Keras gives the values.
CALLS = {
    "map": (lambda ops, x: ops.map(lambda row: row * row[0], x), [X]),
    "map-tree": (lambda ops, x: ops.map(lambda r: (ops.sum(r["a"]), {"b": r["a"]}), {"a": x}), [X]),
    "scan": (lambda ops, x: ops.scan(lambda c, r: (c + r, c * 2), x[0] * 0, x), [X]),
    "scan-reverse": (
        lambda ops, x: ops.scan(lambda c, r: (c * r, {"c": c}), x[0], x, reverse=True, unroll=2),
        [X],
    ),
    "scan-length": (lambda ops, x: ops.scan(lambda c, _: (c * 2, c), x, length=3), [V]),
    "scan-no-ys": (lambda ops, x: ops.scan(lambda c, r: (c + r, None), x[0] * 0, x)[0], [X]),
    **{
        f"associative_scan-{n}": (
            lambda ops, x, n=n: ops.associative_scan(lambda a, b: a * b, x[:n]),
            [np.concatenate([V, V + 1])],
        )
        for n in (1, 2, 5, 8, 9)
    },
    "associative_scan-reverse": (
        lambda ops, x: ops.associative_scan(
            add_and_multiply, {"sum": x, "product": x + 1}, reverse=True, axis=1
        ),
        [X],
    ),
    "associative_scan-matrices": (
        lambda ops, x: ops.associative_scan(ops.matmul, x),
        [np.stack([np.eye(3, dtype="float32") + i * 0.1 * (X[:3] + 1) for i in range(5)])],
    ),
    "fori_loop": (lambda ops, x: ops.fori_loop(1, 4, lambda i, v: v * 2 + v[0], x), [V]),
    "fori_loop-tree": (
        lambda ops, x: ops.fori_loop(0, 3, lambda i, v: (v[0] + v[1], v[1] * 2), (x, x + 1)),
        [V],
    ),
    "while_loop": (
        lambda ops, x: ops.while_loop(lambda v: ops.sum(v) < 100, lambda v: v * 2, x),
        [V],
    ),
    "while_loop-maximum": (
        lambda ops, x: ops.while_loop(
            lambda v, w: ops.sum(v) < 1e9, lambda v, w: (v * 2, w + v), (x, x), maximum_iterations=3
        ),
        [V],
    ),
    "switch": (
        lambda ops, x: ops.switch(1, [lambda v: v + 1, lambda v: v * 2, lambda v: v - 1], x),
        [V],
    ),
    "switch-after-all": (lambda ops, x: ops.switch(7, [lambda v: v + 1, lambda v: v * 2], x), [V]),
    "vectorized_map": (lambda ops, x: ops.vectorized_map(lambda row: row * ops.sum(row), x), [X]),
    "vectorized_map-list": (
        lambda ops, x: ops.vectorized_map(lambda pair: {"dot": ops.sum(pair[0] * pair[1])}, [x, x]),
        [X],
    ),
    "cond": (
        lambda ops, x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1),
        [X],
    ),
}
FOR_VALUES = {  # what a number decides, or several arrays: eager only
    "while_loop-int": lambda ops: ops.while_loop(
        lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), (0, 1)
    ),
    "while_loop-dict": lambda ops: ops.while_loop(
        lambda d: d["a"] < 3, lambda d: {"a": d["a"] + 1}, {"a": 0}
    ),
    "fori_loop-arrays": lambda ops: ops.fori_loop(np.array(0), np.array(4), lambda i, v: v + i, 1),
    "fori_loop-none": lambda ops: ops.fori_loop(3, 1, lambda i, v: v + i, 1),
    "switch-before": lambda ops: ops.switch(-1, [lambda v: v + 1, lambda v: v * 2], V),
    "scan-int": lambda ops: ops.scan(lambda c, x: (c + 1, c * 2), 0, length=3),
}


def assert_same(found: Any, expected: Any) -> None:
    found, expected = tree.flatten(found), tree.flatten(expected)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        ours, theirs = ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(theirs)
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CALLS)
def test_values_are_those_of_keras_eager_compiled_and_in_a_graph(name, engine):
    run, arrays = CALLS[name]
    expected = run(keras.ops, *map(keras.ops.convert_to_tensor, arrays))
    natives = [ops.convert_to_tensor(x) for x in arrays]
    assert_same(run(ops, *natives), expected)
    compiled = engine.compile(lambda *xs: run(ops, *xs))
    assert_same(compiled(*natives), expected)
    inputs = [lamina.KerasTensor(x.shape, "float32") for x in arrays]
    outputs = run(ops, *inputs)
    graph = lamina.Function(inputs, outputs)
    assert_same(graph(natives), expected)
    for known, theirs in zip(tree.flatten(outputs), tree.flatten(expected), strict=True):
        assert known.shape == tuple(theirs.shape)


@pytest.mark.parametrize("name", FOR_VALUES)
def test_values_are_those_of_keras(name, engine):
    assert_same(FOR_VALUES[name](ops), FOR_VALUES[name](keras.ops))


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"while_loop", "while_loop-maximum"}))
def test_gradients_flow_through(name, trains):
    run, arrays = CALLS[name]

    def loss(x):
        found = tree.flatten(run(ops, x))
        return sum(ops.mean(ops.log(1 + y * y)) for y in found)

    slope = lamina.autodiff.grad(loss)(arrays[0])
    direction = np.cos(np.arange(arrays[0].size)).reshape(arrays[0].shape).astype("float32")
    ends = [float(loss(ops.convert_to_tensor(arrays[0] + s * direction))) for s in (1e-2, -1e-2)]
    along = float((ops.convert_to_numpy(slope) * direction).sum())
    assert abs((ends[0] - ends[1]) / 2e-2 - along) < 2e-2 * (abs(along) + 1)


def test_unknown_sizes_stay_unknown(engine):
    x = lamina.Input((3,))
    assert ops.map(ops.sum, x).shape == (None,)
    carry, ys = ops.scan(lambda c, row: (c + row, (c, None)), np.zeros(3, "float32"), x)
    assert (carry.shape, ys[0].shape, ys[1]) == ((3,), (None, 3), None)
    assert ops.vectorized_map(lambda row: row * 2, x).shape == (None, 3)
    assert ops.associative_scan(ops.add, x).shape == (None, 3)
    assert ops.while_loop(lambda v: ops.sum(v) < 3, lambda v: v * 2, x).shape == (None, 3)
    assert ops.fori_loop(0, 2, lambda i, v: v * 2, x).shape == (None, 3)
    count, found = ops.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2), (0, x))
    assert (count.shape, count.dtype, found.shape) == ((), "int32", (None, 3))
    bound = lamina.KerasTensor((), "int32")
    assert ops.fori_loop(0, bound, lambda i, v: v * 2, x).shape == (None, 3)
    assert ops.switch(bound, [lambda v: v, lambda v: v + 1], x).shape == (None, 3)


def test_a_model_with_branches(engine):
    """Branches that use symbolic tensors from outside, which Keras refuses."""
    x = lamina.Input((3,))
    y = ops.cond(ops.sum(x) > 0, lambda: x + 1, lambda: x - 1)
    model = lamina.Model(x, ops.switch(1, [lambda v: v, lambda v: v * 2], y))
    for sign in (1, -1):
        given = sign * np.ones((2, 3), "float32")
        np.testing.assert_allclose(ops.convert_to_numpy(model(given)), 2 * (given + sign))
        np.testing.assert_allclose(model.predict(given, verbose=0), 2 * (given + sign))


def test_switch_by_a_tensor_in_compiled_code(engine):
    run = engine.compile(lambda i: ops.switch(i, [lambda: 1.0, lambda: 2.0, lambda: 3.0]))
    found = [float(run(ops.convert_to_tensor(i))) for i in (-5, 0, 1, 2, 9)]
    assert found == [1, 1, 2, 3, 3]


def test_loops_by_a_tensor_in_compiled_code(engine):
    run = engine.compile(lambda n: ops.fori_loop(0, n, lambda i, v: v + i, 0))
    assert int(run(ops.convert_to_tensor(5))) == 10


def test_slices_at_places_that_are_computed(engine):
    at = ops.convert_to_tensor(np.array([1, 9], "int32"))

    def run(x, at):
        part = ops.slice(x, at, (2, 2))
        return part, ops.slice_update(x, [at[0], 0], part * 0)

    x = ops.convert_to_tensor(X)
    for call in (run, engine.compile(run)):
        part, written = map(ops.convert_to_numpy, call(x, at))
        np.testing.assert_array_equal(part, X[1:3, 1:3])
        expected = X.copy()
        expected[1:3, :2] = 0
        np.testing.assert_array_equal(written, expected)
    assert ops.slice(lamina.Input((3,)), [0, lamina.KerasTensor((), "int32")], (1, 2)).shape == (
        1,
        2,
    )


def test_wrong_calls_are_explained(engine):
    x = lamina.Input((3,))
    with pytest.raises(ValueError, match="one number of steps"):
        ops.scan(lambda c, r: (c, r), 0, X, length=3)
    with pytest.raises(ValueError, match="one number of steps"):
        ops.scan(lambda c, r: (c, r), 0)
    with pytest.raises(ValueError, match="unroll"):
        ops.scan(lambda c, r: (c, r), 0, X, unroll=0)
    with pytest.raises(ValueError, match="one size along axis 0"):
        ops.associative_scan(lambda a, b: a, (X, V))
    with pytest.raises(ValueError, match="branches"):
        ops.switch(0, [])
    with pytest.raises(ValueError, match="tensors as arguments"):
        ops.cond(np.array(True), lambda: x + 1, lambda: x)
    with pytest.raises(ValueError, match=r"ops\.map cannot be applied to float32"):
        ops.map(lambda row: ops.reshape(row, (7,)), x)
    with pytest.raises(ValueError, match="depends on a size that is unknown"):
        ops.unstack(x)
    with pytest.raises(ValueError, match="reduction"):
        ops.scatter_update(X, np.array([[0]]), X[:1], reduction="mean")
    with pytest.raises(ValueError, match="does not fit"):
        ops.slice(X, (0, 0), (9, 1))
    with pytest.raises(ValueError, match="each of the 2 axes"):
        ops.slice(X, (0,), (1,))
    with pytest.raises(ValueError, match="vector"):
        ops.segment_sum(X, np.zeros((4, 3), "int32"))


@pytest.mark.parametrize(
    "pattern, sizes, message",
    [
        ("a b", {}, "cannot read"),
        ("a (b -> a b", {}, "cannot read"),
        ("a b c -> a b c", {}, "names 3 axes"),
        ("a (b c) -> a b c", {}, "all but one"),
        ("a (b c) -> a b c", {"b": 2}, "do not make 3"),
        ("a b -> a", {}, "once"),
        ("a a -> a", {}, "once"),
    ],
)
def test_patterns_that_do_not_fit(engine, pattern, sizes, message):
    with pytest.raises(ValueError, match=message):
        ops.rearrange(X, pattern, **sizes)


def test_patterns_beyond_keras(engine):
    x = np.arange(24).reshape(1, 2, 3, 4)
    for pattern, sizes, expected in (
        ("1 a ... -> ... a", {}, x[0].transpose(1, 2, 0)),
        ("... (b c) -> b ... c", {"c": 2}, x.reshape(1, 2, 3, 2, 2).transpose(3, 0, 1, 2, 4)),
        ("a b c d -> (a b) 1 c d", {}, x.reshape(2, 1, 3, 4)),
        ("a ... -> a (...)", {}, x.reshape(1, 24)),
        ("() a b c -> a b c", {}, x[0]),
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(ops.rearrange(x, pattern, **sizes)), expected
        )
    assert ops.rearrange(lamina.Input((12, 5)), "b (h w) c -> (b h) w c", h=3).shape == (None, 4, 5)


def test_scatter_at_places_with_more_axes(engine):
    indices = np.array([[[0], [1]], [[0], [3]]])
    found = ops.scatter_update(V, indices, np.full((2, 2), 3.0, "float32"), reduction="max")
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [3, 3, 3, 4, 5])
