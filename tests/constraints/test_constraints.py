"""What weights must fulfil."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import Variable, constraints

W = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
NORM = np.linalg.norm(W, axis=0, keepdims=True)


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (constraints.MaxNorm(1.0), W * np.minimum(NORM, 1) / NORM),
        (constraints.NonNeg(), np.maximum(W, 0)),
        (constraints.UnitNorm(), W / NORM),
        (constraints.UnitNorm(axis=[0, 1]), W / np.linalg.norm(W)),
        (constraints.MinMaxNorm(0.5, 0.8), W * np.clip(NORM, 0.5, 0.8) / NORM),
        (
            constraints.MinMaxNorm(0.5, 0.8, rate=0.7),
            W * (0.7 * np.clip(NORM, 0.5, 0.8) + 0.3 * NORM) / NORM,
        ),
    ],
)
def test_projections(engine, constraint, expected):
    for w in (engine.asarray(W), Variable(W)):
        np.testing.assert_allclose(engine.to_numpy(constraint(w)), expected, rtol=1e-5, atol=1e-6)


def test_a_vector_of_zeros_stays(engine):
    zeros = engine.to_numpy(constraints.UnitNorm()(np.zeros((3, 2), "float32")))
    np.testing.assert_array_equal(zeros, np.zeros((3, 2)))


def test_get():
    assert constraints.get(None) is None
    assert isinstance(constraints.get("max_norm"), constraints.MaxNorm)
    assert isinstance(constraints.get("NonNeg"), constraints.NonNeg)
    assert constraints.unit_norm is constraints.UnitNorm
    with pytest.raises(ValueError, match="Did you mean 'unit_norm'"):
        constraints.get("unit_nrom")
