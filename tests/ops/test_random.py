"""`lamina.random`: distributions beside SciPy's, seeds, compiled code, gradients, wrong calls."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import lamina
from lamina import autodiff, layers, ops, random
from lamina.core import settings

N = 4000
CONTINUOUS = {
    "uniform": (lambda n, **k: random.uniform((n,), -1, 3, **k), stats.uniform(-1, 4)),
    "normal": (lambda n, **k: random.normal((n,), 2, 0.5, **k), stats.norm(2, 0.5)),
    "truncated_normal": (
        lambda n, **k: random.truncated_normal((n,), 1, 2, **k),
        stats.truncnorm(-2, 2, 1, 2),
    ),
    "gamma": (lambda n, **k: random.gamma((n,), 2.5, **k), stats.gamma(2.5)),
    "gamma-small": (lambda n, **k: random.gamma((n,), 0.3, **k), stats.gamma(0.3)),
    "beta": (lambda n, **k: random.beta((n,), 2.0, 0.7, **k), stats.beta(2, 0.7)),
}
DISCRETE = {
    "binomial": (lambda n, **k: random.binomial((n,), 5, 0.3, **k), stats.binom(5, 0.3), range(6)),
    "randint": (
        lambda n, **k: random.randint((n,), -2, 3, **k),
        stats.randint(-2, 3),
        range(-2, 3),
    ),
    "categorical": (
        lambda n, **k: random.categorical(np.log([[0.1, 0.2, 0.7]]), n, **k)[0],
        stats.rv_discrete(values=([0, 1, 2], [0.1, 0.2, 0.7])),
        range(3),
    ),
    "shuffle": (
        lambda n, **k: random.shuffle(np.arange(n) % 3, **k)[: n // 4],
        stats.randint(0, 3),
        range(3),
    ),
}
ALL = {**CONTINUOUS, **DISCRETE}


def numbers(x):
    return ops.convert_to_numpy(x).astype("float64")


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_distributions(name, engine):
    draw, law = CONTINUOUS[name]
    assert stats.kstest(numbers(draw(N, seed=3)), law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_distributions(name, engine):
    draw, law, values = DISCRETE[name]
    found = numbers(draw(N, seed=3))
    counts = np.array([(found == value).sum() for value in values])
    assert counts.sum() == len(found)
    expected = np.array([law.pmf(value) for value in values]) * len(found)
    assert stats.chisquare(counts, expected).pvalue > 1e-3


@pytest.mark.parametrize("name", ALL)
def test_seeds(name, engine):
    """An integer is one draw, a generator hands out others, and its state says which comes next."""
    draw = ALL[name][0]
    same = [numbers(draw(30, seed=seed)) for seed in (7, 7, 8)]
    np.testing.assert_array_equal(same[0], same[1])
    assert not np.array_equal(same[0], same[2])
    generator = random.SeedGenerator(7)
    first, second = (numbers(draw(30, seed=generator)) for _ in range(2))
    np.testing.assert_array_equal(first, same[0])
    assert not np.array_equal(first, second)
    generator.state.assign([7, 1])
    np.testing.assert_array_equal(numbers(draw(30, seed=generator)), second)
    np.testing.assert_array_equal(numbers(draw(30, seed=random.SeedGenerator(7).next())), same[0])
    lamina.utils.set_random_seed(5)
    once = numbers(draw(30))
    assert not np.array_equal(numbers(draw(30)), once)
    lamina.utils.set_random_seed(5)
    np.testing.assert_array_equal(numbers(draw(30)), once)


@pytest.mark.parametrize("name", ALL)
def test_compiled_code_draws_the_same(name, engine):
    draw = ALL[name][0]
    run = engine.compile(lambda key: draw(30, seed=key))
    key = random.SeedGenerator(7).next()
    for _ in range(12):  # often enough to be recorded
        found = numbers(run(key))
    np.testing.assert_allclose(found, numbers(draw(30, seed=7)), rtol=1e-5)


def test_a_layer_that_draws_trains(trains):
    class Noisy(layers.Layer):
        def __init__(self):
            super().__init__()
            self.generator = random.SeedGenerator(1)

        def build(self, shape):
            self.scale = self.add_weight((), "ones")

        def call(self, x):
            return x + self.scale * random.truncated_normal(ops.shape(x), seed=self.generator)

    model = lamina.Sequential([layers.Input((2,)), Noisy()])
    model.compile(lamina.optimizers.SGD(0.1), "mse")
    x = np.ones((64, 2), "float32")
    losses = model.fit(x, x, epochs=30, batch_size=32, verbose=0).history["loss"]
    assert losses[-1] < 0.1 < losses[0]
    assert int(model.layers[0].generator.state.numpy()[1]) == 60


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_gradients_by_what_places_the_draws(name, trains):
    draw = getattr(random, name)
    place, scale = np.array([1.0, 2.0], "float32"), np.array([[3.0], [5.0]], "float32")
    weights = np.arange(4, dtype="float32").reshape(2, 2)

    def loss(place, scale):
        return ops.sum(ops.multiply(weights, draw((2, 2), place, scale, seed=4)))

    by_place, by_scale = map(numbers, autodiff.grad(loss, (0, 1))(place, scale))
    drawn = numbers(draw((2, 2), 0.0, 1.0, seed=4))
    by_place_too = (1 - drawn if name == "uniform" else np.ones((2, 2))) * weights
    np.testing.assert_allclose(by_place, by_place_too.sum(0), rtol=1e-4)
    np.testing.assert_allclose(by_scale, (drawn * weights).sum(1, keepdims=True), rtol=1e-4)


def test_parameters_broadcast(engine):
    alpha = np.array([1.0, 50.0])
    assert numbers(random.gamma((200, 2), alpha, seed=1)).mean(0).round(-1).tolist() == [0, 50]
    assert numbers(random.beta((200, 2), alpha, 50.0, seed=1)).mean(0).round(1).tolist() == [0, 0.5]
    counts = np.array([0.0, 10.0])
    assert numbers(random.binomial((2, 2), counts, 1.0, seed=1)).tolist() == [[0, 10]] * 2
    variable = lamina.Variable([0.0, 100.0])
    assert numbers(random.normal((2,), variable, seed=1)).round(-2).tolist() == [0, 100]
    with pytest.raises(ValueError, match="broadcast to its shape"):
        random.normal((2,), np.ones((3, 2)), seed=1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", [*CONTINUOUS, "binomial"])
def test_dtypes(name, dtype, engine):
    found = ALL[name][0](50, seed=1, dtype=dtype)
    assert ops.dtype(found) == dtype
    assert np.isfinite(numbers(found)).all()


def test_default_dtypes(engine):
    before = settings.floatx()
    settings.set_floatx("float16")
    try:
        assert ops.dtype(random.gamma((2,), 1.0, seed=1)) == "float16"
        assert ops.dtype(random.normal((2,), seed=1)) == "float16"
    finally:
        settings.set_floatx(before)
    assert ops.dtype(random.categorical(np.zeros((1, 2)), 2, seed=1)) == "int32"
    assert ops.dtype(random.categorical(np.zeros((1, 2)), 2, "uint8", seed=1)) == "uint8"
    assert ops.dtype(random.shuffle(np.arange(3, dtype="int8"), seed=1)) == "int8"


def test_shuffle_keeps_slices_whole(engine):
    x = np.arange(40).reshape(2, 20)
    found = numbers(random.shuffle(x, axis=1, seed=1))
    assert sorted(found[0]) == list(range(20))
    assert found[0].tolist() != list(range(20))
    np.testing.assert_array_equal(found[1] - found[0], np.full(20, 20))
    orders = {tuple(numbers(random.shuffle(np.arange(3), seed=i))) for i in range(60)}
    assert len(orders) == 6


def test_in_a_graph(engine):
    x = lamina.Input((3,))
    assert random.shuffle(x, axis=1, seed=1).shape == (None, 3)
    assert random.dropout(x, 0.5, seed=1).shape == (None, 3)
    chosen = random.categorical(x, 4, seed=1)
    assert (chosen.shape, chosen.dtype) == ((None, 4), "int32")
    certain = np.array([[0.0, 1e3, 0.0]] * 2, "float32")
    assert numbers(lamina.Function(x, chosen)(certain)).tolist() == [[1] * 4] * 2


def test_seed_generators():
    generator = random.SeedGenerator(3, name="mine")
    assert generator.get_config() == {"seed": 3, "name": "mine"}
    assert random.SeedGenerator.from_config(generator.get_config()).seed == 3
    assert ops.convert_to_numpy(generator.next()).tolist() == [3, 0]
    assert ops.convert_to_numpy(generator.next(ordered=False)).tolist() == [3, 1]
    assert generator.state.path == "mine/seed_generator_state"
    for wrong in (-1, "a", 1.5, True):
        with pytest.raises(ValueError, match="non-negative integer"):
            random.SeedGenerator(wrong)


def test_wrong_calls_are_explained(engine):
    for draw in (random.uniform, random.normal, random.truncated_normal):
        with pytest.raises(ValueError, match="draws floats, not int32"):
            draw((2,), dtype="int32")
    with pytest.raises(ValueError, match=r"use random\.uniform"):
        random.randint((2,), 0, 5, dtype="float32")
    with pytest.raises(ValueError, match=r"\[minval, maxval\)"):
        random.randint((2,), 5, 5)
    with pytest.raises(ValueError, match="known shape"):
        random.uniform((None, 2))
    with pytest.raises(ValueError, match=r"\(batch, classes\)"):
        random.categorical(np.zeros(3), 2)
    with pytest.raises(ValueError, match="`seed` must be"):
        random.uniform((2,), seed=1.5)
