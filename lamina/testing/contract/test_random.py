"""Draws: the same key gives the same draw, another key another; range, moments, dtype."""

import numpy as np
import pytest

from lamina.testing.contract.checks import covers

pytestmark = covers("uniform", "normal", "integers", "gamma", "binomial")

DTYPES = {
    "uniform": ("float32", "float16", "bfloat16"),
    "normal": ("float32", "float16", "bfloat16"),
    "integers": ("int32", "uint8", "int8", "uint32"),
}


def drawn(engine, name, key, shape, dtype):
    limits = (2, 7) if name == "integers" else ()
    return getattr(engine, name)(key, shape, *limits, dtype)


def key_of(engine, first, second=0):
    return engine.asarray(np.array([first, second], "uint32"))


def numbers(engine, array):
    return engine.to_numpy(array).astype(np.float64)


@pytest.mark.parametrize("name", DTYPES)
def test_one_key_one_draw(engine, name):
    def draw(*words):
        array = drawn(engine, name, key_of(engine, *words), (4, 25), DTYPES[name][0])
        return numbers(engine, array)

    np.testing.assert_array_equal(draw(5, 9), draw(5, 9))
    for other in ((5, 10), (6, 9), (9, 5), (0, 0), (2**32 - 1, 2**32 - 1)):
        assert not np.array_equal(draw(5, 9), draw(*other))


@pytest.mark.parametrize("name", DTYPES)
def test_shapes_and_dtypes(engine, name):
    for dtype in DTYPES[name]:
        for shape in ((), (0,), (2, 3)):
            array = drawn(engine, name, key_of(engine, 1), shape, dtype)
            assert engine.dtype(array) == dtype
            assert tuple(engine.shape(array)) == shape


@pytest.mark.parametrize("dtype", DTYPES["uniform"])
def test_uniform_fills_zero_to_one_and_never_reaches_one(engine, dtype):
    result = numbers(engine, engine.uniform(key_of(engine, 3), (200, 200), dtype))
    assert result.min() >= 0
    assert result.max() < 1
    assert abs(result.mean() - 0.5) < 0.01
    assert abs(result.var() - 1 / 12) < 0.01


@pytest.mark.parametrize("dtype", DTYPES["normal"])
def test_normal_has_mean_zero_and_variance_one(engine, dtype):
    result = numbers(engine, engine.normal(key_of(engine, 3), (200, 200), dtype))
    assert abs(result.mean()) < 0.03
    assert abs(result.var() - 1) < 0.03
    assert abs((result**3).mean()) < 0.1


@pytest.mark.parametrize("dtype", DTYPES["integers"])
def test_integers_take_every_value_but_the_end(engine, dtype):
    result = numbers(engine, engine.integers(key_of(engine, 3), (2000,), 2, 7, dtype))
    values, counts = np.unique(result, return_counts=True)
    np.testing.assert_array_equal(values, [2, 3, 4, 5, 6])
    assert counts.min() > 300


def test_neighbouring_keys_are_unrelated(engine):
    draws = [
        numbers(engine, engine.uniform(key_of(engine, 7, i), (500,), "float32")) for i in range(8)
    ]
    related = np.corrcoef(draws) - np.eye(8)
    assert np.abs(related).max() < 0.2


@pytest.mark.parametrize("alpha", [0.3, 1.0, 7.5])
def test_gamma_has_its_moments(engine, alpha):
    shapes = engine.full((200, 200), alpha, "float32")
    result = numbers(engine, engine.gamma(key_of(engine, 3), shapes))
    assert engine.dtype(engine.gamma(key_of(engine, 3), shapes)) == "float32"
    assert result.min() >= 0
    assert abs(result.mean() / alpha - 1) < 0.03
    assert abs(result.var() / alpha - 1) < 0.05
    np.testing.assert_array_equal(result, numbers(engine, engine.gamma(key_of(engine, 3), shapes)))
    assert not np.array_equal(result, numbers(engine, engine.gamma(key_of(engine, 3, 1), shapes)))


@pytest.mark.parametrize("count, probability", [(1, 0.3), (20, 0.9), (100, 0.5)])
def test_binomial_has_its_moments(engine, count, probability):
    counts, chances = (engine.full((100, 100), x, "float32") for x in (count, probability))
    result = numbers(engine, engine.binomial(key_of(engine, 3), counts, chances))
    variance = count * probability * (1 - probability)
    np.testing.assert_array_equal(result, np.round(result))
    assert result.min() >= 0
    assert result.max() <= count
    assert abs(result.mean() - count * probability) < 0.04 * np.sqrt(variance)
    assert abs(result.var() / variance - 1) < 0.06


def test_no_distribution_gives_no_number(engine):
    draws = engine.gamma(key_of(engine, 1), engine.asarray([-1.0, 2.0]))
    assert np.isnan(numbers(engine, draws)).tolist() == [True, False]
