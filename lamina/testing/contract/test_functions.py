"""Complex numbers, and primitives without a row in the table: results depend on values or on bits."""

import numpy as np
import pytest

from lamina.engine import current
from lamina.engine.contract import Spec
from lamina.testing.contract.checks import close, covers, exact, same

PAIRS = (("complex64", "float32"), ("complex128", "float64"))
Z = np.array([[1 + 2j, -3 - 1j], [0, 2j]])


@covers("make_complex", "real", "imag", "conj")
@pytest.mark.parametrize(("complex_dtype", "dtype"), PAIRS)
def test_complex_arrays_come_apart_and_together(engine, complex_dtype, dtype):
    z = engine.asarray(Z.astype(complex_dtype))
    if engine.dtype(z) != complex_dtype:
        complex_dtype, dtype = PAIRS[0]  # an engine without 64-bit types
    parts = engine.real(z), engine.imag(z)
    assert [engine.dtype(part) for part in parts] == [dtype, dtype]
    same(engine, parts[0], Z.real)  # pyright: ignore[reportAttributeAccessIssue]
    same(engine, parts[1], Z.imag)  # pyright: ignore[reportAttributeAccessIssue]
    for result, expected in ((engine.make_complex(*parts), Z), (engine.conj(z), Z.conj())):
        assert engine.dtype(result) == complex_dtype
        same(engine, result, expected)


@pytest.mark.parametrize("name", ["make_complex", "real", "imag", "conj"])
def test_complex_functions_are_evaluated_abstractly(engine, name):
    given = "float32" if name == "make_complex" else "complex64"
    specs = [Spec((2, 3), given)] * (2 if name == "make_complex" else 1)
    result = engine.abstract(lambda *xs: getattr(current.engine(), name)(*xs), *specs)
    wanted = "float32" if name in ("real", "imag") else "complex64"
    assert result == Spec((2, 3), wanted)


COMPUTES = ("add", "subtract", "multiply", "divide", "power")


@pytest.mark.parametrize("name", COMPUTES)
def test_arithmetic_of_complex_arrays(engine, name):
    x, y = Z[:1].astype("complex64"), Z[:, :1].astype("complex64") + 1
    result = getattr(engine, name)(engine.asarray(x), engine.asarray(y))
    expected = getattr(np, name)(x.astype("complex128"), y)
    close(engine, result, expected, atol=1e-6)
    result = getattr(engine, name)(engine.asarray(x), 2.0)
    assert engine.dtype(result) == "complex64"
    expected = getattr(np, name)(x.astype("complex128"), 2.0)
    close(engine, result, expected, atol=1e-6)


def test_functions_of_complex_arrays(engine):
    z = Z.astype("complex64")
    for name in ("negative", "abs", "exp", "sqrt", "square", "sin", "cos", "sign", "sum", "mean"):
        result = engine.to_numpy(getattr(engine, name)(engine.asarray(z)))
        np.testing.assert_allclose(result, getattr(np, name)(z), rtol=1e-5, atol=1e-6, err_msg=name)
    assert engine.dtype(engine.abs(engine.asarray(z))) == "float32"
    close(engine, engine.matmul(engine.asarray(z), engine.asarray(z)), z @ z)


@covers("nextafter")
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_the_next_number_is_one_step_away(engine, dtype):
    bits = {"float16": 10, "bfloat16": 7, "float32": 23}[dtype]
    x = engine.asarray(np.array([1.0, 1.0, 1.0]), dtype)
    y = engine.asarray(np.array([2.0, 1.0, -2.0]), dtype)
    expected = [1 + 2.0**-bits, 1, 1 - 2.0 ** -(bits + 1)]
    result = engine.nextafter(x, y)
    assert engine.dtype(result) == dtype
    np.testing.assert_array_equal(exact(engine, result), expected)
    spec = Spec((3,), dtype)
    assert engine.abstract(lambda a, b: current.engine().nextafter(a, b), spec, spec) == spec


@covers("argwhere")
def test_where_the_true_elements_are(engine):
    for mask in (np.eye(3) > 0, np.array([[True, False, True]]), np.zeros((2, 0), bool)):
        result = engine.argwhere(engine.asarray(mask))
        assert engine.dtype(result) == "int32"
        same(engine, result, np.argwhere(mask))
