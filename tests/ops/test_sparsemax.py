"""Sparsemax beside its definition, the projection onto the probabilities (Keras' own is another function)."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import ops

X = np.random.default_rng(0).normal(size=(2, 3, 5))


def projected(row: np.ndarray) -> np.ndarray:
    """`max(row - level, 0)` with the level, found by halving, at which it sums to 1."""
    low, high = row.min() - 1, row.max()
    for _ in range(80):
        level = (low + high) / 2
        low, high = (level, high) if np.maximum(row - level, 0).sum() > 1 else (low, level)
    return np.maximum(row - high, 0)


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("scale", [0.1, 1, 3, 90])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_it_is_the_projection(engine, axis, scale, dtype):
    x = (scale * X).astype(dtype)
    expected = np.apply_along_axis(projected, axis, x.astype("float64"))
    found = ops.convert_to_numpy(ops.sparsemax(engine.asarray(x), axis))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=1e-3 if dtype == "float16" else 1e-5)


def slope(trains, x, weights):
    run = trains.value_and_grad(
        lambda xs: (ops.sum(ops.multiply(ops.sparsemax(xs[0]), weights)), None)
    )
    _, (found,) = run([trains.asarray(x, "float32")])
    return ops.convert_to_numpy(found)


def test_gradients(trains):
    weights = np.cos(np.arange(X.size)).reshape(X.shape)
    found = slope(trains, X, trains.asarray(weights, "float32"))
    for place in np.ndindex(X.shape):
        step = np.zeros(X.shape)
        step[place] = 1e-6
        ahead, behind = (np.apply_along_axis(projected, -1, X + s * step) for s in (1, -1))
        expected = ((ahead - behind) * weights).sum() / 2e-6
        assert found[place] == pytest.approx(expected, abs=1e-4)


def test_ties_share_alike(trains):
    weights = trains.asarray([1.0, 2.0, 3.0])
    np.testing.assert_allclose(slope(trains, [1.0, 1.0, 0.0], weights), [-0.5, 0.5, 0.0])
