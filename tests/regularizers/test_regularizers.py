"""Penalties on weights."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import Variable, regularizers

X = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], "float32")


def _unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("regularizer", "expected"),
    [
        (regularizers.L1(0.1), 0.1 * np.abs(X).sum()),
        (regularizers.L2(0.1), 0.1 * (X**2).sum()),
        (regularizers.L1L2(0.1, 0.2), 0.1 * np.abs(X).sum() + 0.2 * (X**2).sum()),
        (regularizers.OrthogonalRegularizer(0.3), 0.3 * abs((_unit(X) @ _unit(X).T)[0, 1])),
        (
            regularizers.OrthogonalRegularizer(0.3, "columns"),
            0.3 * np.abs(np.triu(_unit(X.T) @ _unit(X.T).T, 1)).sum() / 3,
        ),
    ],
)
def test_penalties(engine, regularizer, expected):
    for x in (X, engine.asarray(X), Variable(X)):
        assert float(regularizer(x)) == pytest.approx(expected, rel=1e-5)


def test_get():
    assert regularizers.get(None) is None
    assert regularizers.get("l2").l2 == 0.01
    assert regularizers.get("L1L2").get_config() == {"l1": 0.0, "l2": 0.0}
    assert regularizers.L1L2(l1=None, l2=0.1).l1 == 0.0
    assert regularizers.get(abs) is abs
    assert regularizers.l1 is regularizers.L1


@pytest.mark.parametrize("factor", [-0.1, float("nan"), float("inf"), "1", True])
def test_a_wrong_factor_is_refused(factor):
    with pytest.raises(ValueError, match="`l2` must be a non-negative, finite number"):
        regularizers.L2(factor)


def test_orthogonal_errors():
    with pytest.raises(ValueError, match=r"`mode` must be one of \('rows', 'columns'\), not"):
        regularizers.OrthogonalRegularizer(mode="x")
    with pytest.raises(ValueError, match=r"must be a matrix, but its shape is \(2, 3, 4\)"):
        regularizers.OrthogonalRegularizer()(np.ones((2, 3, 4)))
