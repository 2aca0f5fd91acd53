"""Helpers of the contract tests: taking inputs in, comparing results, finite differences."""

import numpy as np
import pytest

# How far results may be off, absolutely and relatively: a few units in the last place of the dtype.
TOLERANCE = {"float64": 1e-10, "float32": 3e-5, "float16": 1e-2, "bfloat16": 8e-2}

COVERED: set[str] = set()


def covers(*primitives):
    """Mark a test as one of these primitives; it runs on the engines that offer them all."""
    COVERED.update(primitives)
    return pytest.mark.covers(*primitives)


def is_float(x):
    return x.dtype.kind == "f"


def take_in(engine, inputs, dtype):
    """Native arrays; floats and plain integers in `dtype`, indices and masks as they are."""
    return [
        engine.asarray(x, dtype if x.dtype.kind == "f" or x.dtype == np.int64 else None)
        for x in inputs
    ]


def exact(engine, array):
    """Return the values of a native array, in float64 if it is floating."""
    host = engine.to_numpy(array)
    return host.astype(np.float64) if "float" in host.dtype.name else host


def assert_same(engine, result, expected, dtype):
    """`result` has the expected shape, values within the dtype's tolerance, and dtype."""
    expected = np.asarray(expected)
    assert engine.shape(result) == expected.shape
    assert engine.dtype(result) == _expected_dtype(expected, dtype)
    tolerance = TOLERANCE.get(engine.dtype(result), 0)
    np.testing.assert_allclose(exact(engine, result), expected, rtol=tolerance, atol=tolerance)


def _expected_dtype(expected, dtype):
    if expected.dtype.kind == "b":
        return "bool"
    if expected.dtype.kind in "iu" and "float" in dtype:
        return "int32"  # argmax and its like
    return dtype


def numeric_gradients(fn, inputs, weights, step=1e-5):
    """Central differences of `sum(fn(*inputs) * weights)` by each floating element."""
    inputs = [np.array(x) for x in inputs]
    gradients = []
    for x in inputs:
        if not is_float(x):
            continue
        gradient = np.zeros(x.shape)
        for place in np.ndindex(x.shape):
            kept, sides = x[place], []
            for shift in (step, -step):
                x[place] = kept + shift
                sides.append(np.sum(fn(*inputs) * weights))
            x[place] = kept
            gradient[place] = (sides[0] - sides[1]) / (2 * step)
        gradients.append(gradient)
    return gradients


def draw_weights(shape):
    """Draw weights for the sum of a result, so that no two elements count alike."""
    return np.random.default_rng(7).uniform(0.5, 1.5, shape)


F32 = "float32"


def close(engine, result, expected, rtol=1e-5, **how):
    np.testing.assert_allclose(engine.to_numpy(result), expected, rtol=rtol, **how)


def same(engine, result, expected):
    np.testing.assert_array_equal(engine.to_numpy(result), expected)


def gradients_of(engine, fn, values):
    """Gradients of the scalar `fn(*values)` by each of the values."""
    return engine.value_and_grad(lambda values: (fn(*values), None))(values)[1]


def scalar(engine, value, dtype=F32):
    return engine.asarray(value, dtype)
