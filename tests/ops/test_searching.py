"""What comparing with Keras does not show: partitions in any order, round trips, and wrong calls."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.core.symbolic import KerasTensor

X = np.random.default_rng(0).permutation(24).reshape(4, 6).astype("float32")


@pytest.mark.parametrize("axis", [0, 1, -1, None])
@pytest.mark.parametrize("kth", [0, 2, -1])
def test_a_partition_has_smaller_elements_before_the_kth(engine, axis, kth):
    found = engine.to_numpy(ops.argpartition(X, kth, axis=axis))
    flat, along = (X.ravel(), 0) if axis is None else (X, axis)
    parted = np.take_along_axis(flat, found, along)
    np.testing.assert_array_equal(np.sort(parted, along), np.sort(flat, along))
    pivot = np.take(parted, [kth], along)
    np.testing.assert_array_equal(pivot, np.take(np.sort(flat, along), [kth], along))
    before = np.take(parted, range(kth % flat.shape[along]), along)
    assert (before <= pivot).all()


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("size", [None, 30])
def test_distinct_elements_make_the_whole_again(engine, axis, size):
    x = (X % 3).astype("int32")
    values, index, inverse, counts = ops.unique(
        x,
        return_index=True,
        return_inverse=True,
        return_counts=True,
        axis=axis,
        size=size,
    )
    whole = ops.take(values, inverse, axis=0 if axis is None else axis)
    np.testing.assert_array_equal(engine.to_numpy(whole), x)
    kept = int((engine.to_numpy(counts) > 0).sum())
    np.testing.assert_array_equal(
        engine.to_numpy(ops.take(x, index[:kept], axis=axis)),
        engine.to_numpy(ops.take(values, np.arange(kept), axis=axis)),
    )
    assert engine.to_numpy(counts).sum() == (x.size if axis is None else x.shape[axis])


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64"])
def test_unsigned_numbers_have_their_order(engine, dtype):
    x = np.array([3, np.iinfo(dtype).max, 0, 5], dtype)
    if engine.name == "jax" and dtype == "uint64":
        x[1] = 2**32 - 1  # JAX has no 64-bit types unless enabled
    assert int(engine.to_numpy(ops.max(x))) == x[1] and int(engine.to_numpy(ops.min(x))) == 0
    assert int(ops.argmax(x)) == 1 and int(ops.argmin(x)) == 2
    np.testing.assert_array_equal(engine.to_numpy(ops.sort(x)), np.sort(x))
    np.testing.assert_array_equal(engine.to_numpy(ops.maximum(x, x[::-1])), np.maximum(x, x[::-1]))
    np.testing.assert_array_equal(engine.to_numpy(ops.searchsorted(np.sort(x), x)), [1, 3, 0, 2])


S = KerasTensor((4, 6))
WRONG = {
    "where of one": (lambda: ops.where([True], [1.0]), ValueError, "both"),
    "where symbolically": (lambda: ops.where(S), ValueError, "depends on the values"),
    "nonzero symbolically": (lambda: ops.nonzero(S), ValueError, "depends on the values"),
    "nonzero of a scalar": (lambda: ops.nonzero(1.0), ValueError, "no axis"),
    "unique symbolically": (lambda: ops.unique(S), ValueError, "size="),
    "bincount symbolically": (lambda: ops.bincount(S), ValueError, "depends on the values"),
    "bincount of negatives": (lambda: ops.bincount([1, -2]), ValueError, "-2"),
    "bincount of floats": (lambda: ops.bincount([1.5]), TypeError, "integers"),
    "bincount of cubes": (lambda: ops.bincount(np.zeros((1, 1, 1), "int32")), ValueError, "axes"),
    "argpartition beyond": (lambda: ops.argpartition(X, 6), ValueError, "from -6 to 5"),
    "searchsorted in 2d": (lambda: ops.searchsorted(X, 1.0), ValueError, "one axis"),
    "searchsorted aside": (lambda: ops.searchsorted([1.0], 1.0, side="up"), ValueError, "'left'"),
    "digitize in 2d": (lambda: ops.digitize(1.0, X), ValueError, "one axis"),
    "bits of floats": (lambda: ops.bitwise_and(X, 1), TypeError, "integers"),
    "shift of floats": (lambda: ops.left_shift(X, 1), TypeError, "integers"),
    "gcd of floats": (lambda: ops.gcd(X, 2), TypeError, "integers"),
    "gcd of booleans": (lambda: ops.gcd([True], [True]), TypeError, "integers"),
    "ldexp by a fraction": (lambda: ops.ldexp(X, 0.5), TypeError, "integers"),
    "quantile by magic": (lambda: ops.quantile(X, 0.5, method="magic"), ValueError, "'linear'"),
    "average with few weights": (lambda: ops.average(X, weights=[1.0]), ValueError, "weights"),
    "histogram of edges": (lambda: ops.histogram(X[0], bins=[1, 2]), TypeError, "integer"),
    "histogram in 2d": (lambda: ops.histogram(X), ValueError, "one axis"),
    "corrcoef in 3d": (lambda: ops.corrcoef(X[None]), ValueError, "two axes"),
    "correlate in 2d": (lambda: ops.correlate(X, X), ValueError, "one axis"),
    "correlate somehow": (lambda: ops.correlate([1.0], [1.0], mode="some"), ValueError, "'full'"),
    "diff less than never": (lambda: ops.diff(X, n=-1), ValueError, "-1"),
    "a symbolic window": (lambda: ops.hanning(S), TypeError, "symbolic"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls_say_what_is_wrong(engine, name):
    call, kind, said = WRONG[name]
    with pytest.raises(kind, match=said):
        call()


def test_windows_are_in_floatx(engine):
    lamina.config.set_floatx("float16")
    try:
        assert engine.dtype(ops.kaiser(4, 2.0)) == "float16"
    finally:
        lamina.config.set_floatx("float32")
