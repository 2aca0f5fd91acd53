"""Random initial values: settled when a variable is made, drawn when it is first used, and once."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lamina
from lamina import Variable, initializers, layers, ops
from lamina.core import seeds
from lamina.core.scope import StatelessScope
from lamina.core.variable import read, to_arrays

KERNEL = (6, 4)


@pytest.fixture
def draws(monkeypatch):
    """The shapes that were drawn so far."""
    shapes = []
    draw = initializers.VarianceScaling.draw

    def counted(self, shape, dtype):
        shapes.append(shape)
        return draw(self, shape, dtype)

    monkeypatch.setattr(initializers.VarianceScaling, "draw", counted)
    return shapes


def _variable(seed=7):
    return Variable(initializers.GlorotUniform(seed=seed), shape=KERNEL, name="v")


USES = {
    "value": lambda v: v.value,
    "numpy": lambda v: v.numpy(),
    "array": np.asarray,
    "comparison": lambda v: v > 0,
    "arithmetic": lambda v: v + 1,
    "assign_add": lambda v: v.assign_add(np.ones(KERNEL, "float32")),
    "read": lambda v: read([v]),
    "to_arrays": lambda v: to_arrays([v]),
    "another variable": lambda v: Variable(v),
}


@pytest.mark.parametrize("use", USES)
def test_the_first_use_draws_and_no_other(engine, draws, use):
    v = _variable()
    assert (v.shape, v.dtype, v.ndim, draws) == (KERNEL, "float32", 2, [])
    USES[use](v)
    USES[use](v)
    assert draws == [KERNEL]


def test_an_assigned_value_makes_the_draw_needless(engine, draws):
    v = _variable()
    v.assign(np.ones(KERNEL, "float32"))
    assert v.numpy().sum() == 24 and draws == []


def test_loading_weights_draws_nothing(backend, draws, tmp_path):
    def model():
        return lamina.Sequential([lamina.Input((6,)), layers.Dense(4), layers.Dense(2)])

    trained = model()
    trained.save_weights(tmp_path / "a.weights.h5")
    draws.clear()
    new = model()
    new.load_weights(tmp_path / "a.weights.h5")
    for one, other in zip(new.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert draws == []


@pytest.mark.parametrize("kind", ["none", "integer", "generator"])
def test_values_are_those_of_the_moment_of_making(engine, kind):
    def variables():
        lamina.utils.set_random_seed(3)
        seed = {"none": None, "integer": 5, "generator": None}[kind]
        if kind == "generator":
            seed = seeds.SeedGenerator(5)
        initializer = initializers.HeNormal(seed=seed)
        for _ in range(2):
            yield Variable(initializer, shape=KERNEL)

    at_once = [v.numpy() for v in variables()]
    later = [*variables()]
    seeds.host_generator().random()
    for v, values in reversed([*zip(later, at_once, strict=True)]):
        np.testing.assert_array_equal(v.numpy(), values)


def test_the_initializer_may_change_afterwards(engine):
    initializer = initializers.RandomNormal(stddev=1.0, seed=1)
    expected = Variable(initializer, shape=KERNEL).numpy()
    v = Variable(initializer, shape=KERNEL)
    initializer.stddev, initializer.seed = 100.0, 2
    np.testing.assert_array_equal(v.numpy(), expected)


def test_a_scope_reads_what_is_bound_and_draws_the_rest(engine, draws):
    bound, free = _variable(), _variable()
    with StatelessScope([(bound, ops.ones(KERNEL))]) as inside:
        bound.assign_add(np.ones(KERNEL, "float32"))
        assert draws == []
        np.testing.assert_array_equal(ops.convert_to_numpy(free.value), _variable().numpy())
    assert inside.get_current_value(bound) is not None
    np.testing.assert_array_equal(bound.numpy(), free.numpy())


def test_threads_draw_once(engine, draws):
    v = _variable()
    with ThreadPoolExecutor(8) as pool:
        values = [*pool.map(lambda _: v.numpy(), range(16))]
    assert draws == [KERNEL]
    assert all((value == values[0]).all() for value in values)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_copy_draws_the_same(copied):
    v = _variable(seed=None)
    np.testing.assert_array_equal(copied(v).numpy(), v.numpy())


class Counting(initializers.GlorotUniform):
    """A user's initializer: what it gives may depend on anything."""

    calls = 0

    def draw(self, shape, dtype):
        type(self).calls += 1
        return super().draw(shape, dtype)


def test_the_code_of_a_user_runs_at_once():
    before = Counting.calls
    Variable(Counting(), shape=KERNEL)
    assert Counting.calls == before + 1
    seen = []
    Variable(lambda shape, dtype: seen.append(shape) or np.zeros(shape, dtype), shape=KERNEL)
    assert seen == [KERNEL]


@pytest.mark.parametrize(
    ("initializer", "shape", "dtype", "error"),
    [
        (initializers.Orthogonal(), (3,), "float32", ValueError),
        (initializers.RandomUniform(), (3,), "int32", ValueError),
        (initializers.GlorotUniform(), (-1, 3), "float32", ValueError),
        (initializers.GlorotUniform(), (2.5, 3), "float32", TypeError),
        (initializers.HeNormal(input_axes=4, output_axes=0), (3, 3), "float32", IndexError),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(initializer, shape, dtype, error):
    with pytest.raises(error):
        Variable(initializer, shape=shape, dtype=dtype)
