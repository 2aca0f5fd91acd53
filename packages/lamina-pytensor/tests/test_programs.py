"""Programs: what is compiled, what is not, and what is refused by name."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import lamina_pytensor
import numpy as np
import pytest
from lamina_pytensor.program import Program

import lamina
from lamina import layers, models, ops
from lamina.engine import current

ENGINE = lamina_pytensor.ENGINE
X = np.array([[1.0, -2.0], [3.0, 5.0]], "float32")


@pytest.fixture(autouse=True)
def _on_pytensor():
    with lamina.config.using_backend("pytensor"):
        yield


def test_the_engine_is_found_by_its_entry_point():
    assert "pytensor" in current.available() and current.load("pytensor") is ENGINE


def test_arrays_with_values_are_numpys():
    assert type(ops.add(X, 1.0)) is np.ndarray
    assert type(ENGINE.compile(lambda x: ENGINE.exp(x))(X)) is np.ndarray


def test_operators_mean_what_they_do_on_values():
    def fn(x):
        y = 2 - x / 3 + x**2
        chosen = (x == 1) | (x != 0) & (y >= 2) ^ ~(x > 0)
        return ENGINE.where(chosen, y, -abs(x))

    np.testing.assert_allclose(ENGINE.compile(fn)(X), fn(X), rtol=1e-6)


def test_a_program_is_made_once_for_each_set_of_shapes():
    traces = []

    def fn(x):
        traces.append(x.shape)
        return ENGINE.multiply(x, 2.0)

    run = ENGINE.compile(fn)
    for rows in (2, 3, 2, 3):
        np.testing.assert_array_equal(run(np.ones((rows, 2), "float32")), np.full((rows, 2), 2.0))
    assert traces == [(2, 2), (3, 2)]


def test_what_is_given_back_as_it_came_is_not_computed():
    run = ENGINE.compile(lambda x, y: {"x": x, "sum": ENGINE.add(x, y), "three": 3})
    result = run(X, X)
    assert result["x"] is X and result["three"] == 3
    np.testing.assert_array_equal(result["sum"], X + X)


@pytest.mark.parametrize("kind", ["in columns", "read only", "a number"])
def test_programs_see_arrays_of_one_kind(kind):
    """Else Numba compiles each of them again for the kinds that the step before has given."""
    x = {"in columns": X.T, "read only": np.broadcast_to(X[0], (2, 2)), "a number": X[0, 0]}[kind]
    results = ENGINE.compile(
        lambda x: [x, ENGINE.flip(ENGINE.transpose(x, range(x.ndim)[::-1]), None)]
    )(x)
    assert all(type(y) is np.ndarray and y.flags.carray for y in results)
    np.testing.assert_array_equal(results[0], x)


def test_programs_of_old_shapes_are_forgotten(monkeypatch):
    monkeypatch.setattr("lamina_pytensor.program._KEPT", 2)
    traces = []
    program = Program(lambda x: traces.append(x.shape) or ENGINE.add(x, 1.0))
    for rows in (1, 2, 3, 3, 1):
        program(np.zeros((rows,), "float32"))
    assert traces == [(1,), (2,), (3,), (1,)]


def test_draws_in_a_program_are_those_outside():
    key = np.array([7, 1], "uint32")
    draw = ENGINE.compile(
        lambda key: [ENGINE.uniform(key, (3,), "float32"), ENGINE.normal(key, (2,), "float64")]
    )
    for inside, outside in zip(
        draw(key),
        [ENGINE.uniform(key, (3,), "float32"), ENGINE.normal(key, (2,), "float64")],
        strict=True,
    ):
        np.testing.assert_array_equal(inside, outside)


OPERATORS = {
    "2 - x": lambda x: 2 - x,
    "x / x": lambda x: x / x,
    "-x ** 2": lambda x: -(x**2),
    "X * x": lambda x: X * x,
    "x @ X": lambda x: x @ X,
    "rows": lambda x: [row * 2 for row in x],
    "x[:, 1]": lambda x: x[:, 1],
    "x > 0": lambda x: x > 0,
}


@pytest.mark.parametrize("label", OPERATORS)
def test_operators_on_arrays_without_values(label):
    fn = OPERATORS[label]
    result = ENGINE.compile(
        lambda x: ops.stack(fn(x)) if label == "rows" else ops.convert_to_tensor(fn(x))
    )(X)
    np.testing.assert_array_equal(result, np.stack(fn(X)) if label == "rows" else fn(X))


@pytest.mark.parametrize("asks", [bool, float, np.asarray, lambda x: 1 if x else 0])
def test_an_array_without_a_value_says_so(asks):
    with pytest.raises(TypeError, match=r"no value while a program.*lamina\.ops"):
        ENGINE.compile(lambda x: asks(ENGINE.sum(x)))(X)


class Asks(layers.Layer):
    """Calls a function on its input."""

    def __init__(self, fn, **options):
        super().__init__(**options)
        self.fn = fn

    def call(self, x):
        return self.fn(x)


REFUSED = {
    "rfft": lambda x: ops.rfft(x)[0],
    "bfloat16": lambda x: ops.cast(ops.cast(x, "bfloat16"), "float32"),
    "while_loop": lambda x: ops.while_loop(lambda y: ops.max(y) < 9, lambda y: (y + 1,), (x,))[0],
    "svd": lambda x: ops.svd(x)[1],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_missing_is_refused_by_name_and_layer(name):
    model = models.Sequential([layers.Input((2,)), Asks(REFUSED[name], name="asking")])
    with pytest.raises(
        NotImplementedError, match=f"'pytensor' computes `{name}` only where.*set_backend"
    ) as error:
        model.predict(X, verbose=0)
    assert "asking" in str(error.value) + "".join(getattr(error.value, "__notes__", ()))
    assert np.isfinite(ops.convert_to_numpy(REFUSED[name](X))).all()  # on values it is there


def test_the_engine_is_small():
    """At most 600 lines with code, docstrings not counted."""
    count = 0
    for path in Path(lamina_pytensor.__file__).parent.glob("*.py"):
        tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        code = [t for t in tokens if t.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER)]
        count += len({t.start[0] for t in code})
    assert 0 < count <= 600
