"""Draws: the same key gives the same draw, another key another; range, moments, dtype."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.testing.contract.checks import covers

DRAWS = {
    "uniform": lambda e, key, shape, dtype: e.uniform(key, shape, dtype),
    "normal": lambda e, key, shape, dtype: e.normal(key, shape, dtype),
    "integers": lambda e, key, shape, dtype: e.integers(key, shape, 2, 7, dtype),
}
DTYPES = {
    "uniform": ("float32", "float16", "bfloat16"),
    "normal": ("float32", "float16", "bfloat16"),
    "integers": ("int32", "uint8", "int8", "uint32"),
}


def key_of(engine, first, second=0):
    return engine.asarray(np.array([first, second], "uint32"))


def numbers(engine, array):
    return engine.to_numpy(array).astype(np.float64)


@covers("uniform", "normal", "integers")
@pytest.mark.parametrize("name", DRAWS)
def test_one_key_one_draw(engine, name):
    def draw(*words):
        return numbers(
            engine, DRAWS[name](engine, key_of(engine, *words), (4, 25), DTYPES[name][0])
        )

    np.testing.assert_array_equal(draw(5, 9), draw(5, 9))
    for other in ((5, 10), (6, 9), (9, 5), (0, 0), (2**32 - 1, 2**32 - 1)):
        assert not np.array_equal(draw(5, 9), draw(*other))


@pytest.mark.parametrize("name", DRAWS)
def test_shapes_and_dtypes(engine, name):
    for dtype in DTYPES[name]:
        for shape in ((), (0,), (2, 3)):
            array = DRAWS[name](engine, key_of(engine, 1), shape, dtype)
            assert engine.dtype(array) == dtype
            assert tuple(engine.shape(array)) == shape


@pytest.mark.parametrize("dtype", DTYPES["uniform"])
def test_uniform_fills_zero_to_one_and_never_reaches_one(engine, dtype):
    found = numbers(engine, engine.uniform(key_of(engine, 3), (200, 200), dtype))
    assert found.min() >= 0
    assert found.max() < 1
    assert abs(found.mean() - 0.5) < 0.01
    assert abs(found.var() - 1 / 12) < 0.01


@pytest.mark.parametrize("dtype", DTYPES["normal"])
def test_normal_has_mean_zero_and_variance_one(engine, dtype):
    found = numbers(engine, engine.normal(key_of(engine, 3), (200, 200), dtype))
    assert abs(found.mean()) < 0.03
    assert abs(found.var() - 1) < 0.03
    assert abs((found**3).mean()) < 0.1


@pytest.mark.parametrize("dtype", DTYPES["integers"])
def test_integers_take_every_value_but_the_end(engine, dtype):
    found = numbers(engine, engine.integers(key_of(engine, 3), (2000,), 2, 7, dtype))
    values, counts = np.unique(found, return_counts=True)
    np.testing.assert_array_equal(values, [2, 3, 4, 5, 6])
    assert counts.min() > 300


def test_neighbouring_keys_are_unrelated(engine):
    draws = [
        numbers(engine, engine.uniform(key_of(engine, 7, i), (500,), "float32")) for i in range(8)
    ]
    related = np.corrcoef(draws) - np.eye(8)
    assert np.abs(related).max() < 0.2
