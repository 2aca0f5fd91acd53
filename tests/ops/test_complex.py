"""Ops on complex tensors beside NumPy, on every engine."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import ops
from lamina.core.symbolic import KerasTensor

Z = np.array([[1 + 2j, -3 - 1j, 0.5], [2j, -1, 1]], "complex64")  # nowhere 0: it divides
X = np.array([[1.0, 2.0, 3.0]], "float32")
BINARY = ("add", "subtract", "multiply", "divide", "equal", "not_equal")
UNARY = ("abs", "negative", "square", "exp", "sqrt", "sin", "sum", "mean", "prod", "sign")


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("other", [Z[0], X, np.array([[2], [3]], "int32"), 2, 0.5, 1.5 - 2j])
def test_binary_ops(engine, name, other):
    for pair in ((Z, other), (other, Z)):
        expected = getattr(np, name)(*pair)
        found = getattr(ops, name)(*pair)
        assert engine.dtype(found) == ("bool" if "equal" in name else "complex64")
        np.testing.assert_allclose(engine.to_numpy(found), expected, rtol=1e-5, atol=1e-6)
        symbolic = [KerasTensor(x.shape, x.dtype) if x is Z else x for x in pair]
        assert getattr(ops, name)(*symbolic).dtype == engine.dtype(found)


@pytest.mark.parametrize("name", UNARY)
def test_unary_ops(engine, name):
    found = engine.to_numpy(getattr(ops, name)(Z))
    expected = getattr(np, name)(Z)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_nan_and_infinity_in_either_part(engine):
    z = np.array([complex(np.nan, 0), complex(0, np.inf), complex(0, np.nan), 1j], "complex64")
    for name in ("isnan", "isinf", "isfinite"):
        found = engine.to_numpy(getattr(ops, name)(z))
        np.testing.assert_array_equal(found, getattr(np, name)(z), err_msg=name)


def test_complex_numbers_come_in(engine):
    for given in (1j, [1j, 2.0], np.array(1j, "complex64")):
        assert engine.dtype(ops.convert_to_tensor(given)) == "complex64"
    assert engine.dtype(ops.cast(X, "complex64")) == "complex64"
    assert engine.dtype(ops.matmul(Z, X.T)) == "complex64"


def test_the_gradient_of_a_squared_length(trains):
    """Through complex numbers and back to real ones: `|x + 2ix|² = 5x²`."""

    def loss(values):
        z = trains.make_complex(values[0], ops.multiply(values[0], 2.0))
        return ops.sum(ops.square(ops.real(z)) + ops.square(ops.imag(z))), None

    _, (gradient,) = trains.value_and_grad(loss)([trains.asarray(X)])
    np.testing.assert_allclose(trains.to_numpy(gradient), 10 * X, rtol=1e-5)
