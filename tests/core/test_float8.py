"""Floats of 8 bits: held by variables, made by casts, converted by nothing else."""

import ml_dtypes
import numpy as np
import pytest

import lamina
from lamina import ops


@pytest.fixture(autouse=True)
def _there(request):
    if "backend" in request.fixturenames and request.getfixturevalue("backend") == "mlx":
        pytest.skip("MLX has no float8: tests/engine/test_mlx.py")


X = np.linspace(-400, 400, 333).astype("float32")


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_casts_and_variables(engine, dtype):
    rounded = X.astype(getattr(ml_dtypes, dtype))
    assert lamina.backend.is_float_dtype(dtype)
    assert (ops.convert_to_numpy(ops.cast(X, dtype)) == rounded).all()
    assert ops.cast(lamina.Input((2,)), dtype).dtype == dtype
    v = lamina.Variable("ones", (2,), dtype=dtype)
    v.assign(ops.cast(X[:2], dtype))
    assert v.numpy().dtype == rounded.dtype and (v.numpy() == rounded[:2]).all()
    assert ops.convert_to_numpy(ops.cast(v, "float32")).tolist() == rounded[:2].tolist()


def test_nothing_else_converts_them(engine):
    x = ops.cast(X, "float8_e5m2")
    for other in (1.0, ops.cast(X, "float16"), ops.cast(X, "float8_e4m3fn")):
        with pytest.raises(ValueError, match=r"ops\.cast"):
            ops.add(x, other)
