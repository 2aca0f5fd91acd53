"""Numbers to be trusted: extreme inputs, slopes at special points, sums of many halves, 64 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

from lamina import ops
from lamina.core.variable import numpy_dtype

# Extreme inputs: values and gradients are finite, and right.

FAR = np.array([1e4, -1e4, 0.0, 3.0], "float32")
ONE_HOT = np.eye(4, dtype="float32")


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def _with_logits(target: np.ndarray, x: np.ndarray) -> np.ndarray:
    return target * _softplus(-x) + (1 - target) * _softplus(x)


EXTREME = {
    "softmax": (ops.softmax, special.softmax),
    "log_softmax": (ops.log_softmax, special.log_softmax),
    "logsumexp": (ops.logsumexp, special.logsumexp),
    "sigmoid": (ops.sigmoid, special.expit),
    "softplus": (ops.softplus, _softplus),
    "log_sigmoid": (ops.log_sigmoid, lambda x: -_softplus(-x)),
    "logaddexp": (lambda x: ops.logaddexp(x, -x), lambda x: np.logaddexp(x, -x)),
    "tanh": (ops.tanh, np.tanh),
    "silu": (ops.silu, lambda x: x * special.expit(x)),
    "elu": (ops.elu, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    "gelu": (ops.gelu, lambda x: x * special.ndtr(x)),
    **{
        f"binary_crossentropy of {target}": (
            lambda x, target=target: ops.binary_crossentropy(
                np.full(4, target, "float32"), x, from_logits=True
            ),
            lambda x, target=target: _with_logits(np.full(4, target), x),
        )
        for target in (0.0, 0.3, 1.0)
    },
    **{
        f"categorical_crossentropy of class {i}": (
            lambda x, i=i: ops.categorical_crossentropy(ONE_HOT[i], x, from_logits=True),
            lambda x, i=i: -special.log_softmax(x)[i],
        )
        for i in range(4)
    },
    "sparse_categorical_crossentropy": (
        lambda x: ops.sparse_categorical_crossentropy(np.int32(1), x, from_logits=True),
        lambda x: -special.log_softmax(x)[1],
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", EXTREME)
def test_extreme_inputs_give_right_values(engine, name, dtype):
    ours, theirs = EXTREME[name]
    x = ops.cast(FAR, dtype)
    found = ops.convert_to_numpy(ops.cast(ours(x), "float32"))
    tolerance = {"float32": 1e-5, "float16": 2e-3, "bfloat16": 1e-2}[dtype]
    exact = ops.convert_to_numpy(ops.cast(x, "float32")).astype("float64")
    # GELU's usual form is an approximation by tanh.
    np.testing.assert_allclose(
        found, theirs(exact), rtol=tolerance, atol=max(tolerance, 1e-3 if name == "gelu" else 0)
    )


@pytest.mark.parametrize("name", EXTREME)
def test_extreme_inputs_give_right_gradients(trains, name):
    ours, theirs = EXTREME[name]
    _, (gradient,) = trains.value_and_grad(lambda values: (ops.sum(ours(values[0])), None))(
        [trains.asarray(FAR)]
    )
    found, wide, step = trains.to_numpy(gradient), FAR.astype("float64"), 1e-4
    expected = [
        (np.sum(theirs(wide + move)) - np.sum(theirs(wide - move))) / (2 * step)
        for move in step * np.eye(4)
    ]
    if name == "elu":
        expected[2] = 1.0  # both slopes at 0 are; the difference is not exact there
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("x", [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])
def test_certain_probabilities_give_finite_crossentropies(trains, x):
    target = np.array([0.0, 1.0], "float32")
    for loss in (ops.binary_crossentropy, ops.categorical_crossentropy):
        (value, _), (gradient,) = trains.value_and_grad(
            lambda values, loss=loss: (ops.sum(loss(target, values[0])), None)
        )([trains.asarray(x)])
        assert np.isfinite(trains.to_numpy(value)) and np.isfinite(trains.to_numpy(gradient)).all()


# Special points: where the true slope is infinite or undefined, it is the documented one.

NAN, INF = float("nan"), float("inf")
SLOPES: dict[str, tuple] = {
    "sqrt": (ops.sqrt, [0.0, 4.0], [0.0, 0.25]),
    "std of equal elements": (ops.std, [2.0, 2.0], [0.0, 0.0]),
    "nanstd of equal elements": (ops.nanstd, [2.0, NAN, 2.0], [0.0, 0.0, 0.0]),
    "norm": (ops.norm, [0.0, 0.0], [0.0, 0.0]),
    "hypot": (lambda x: ops.hypot(x, 0.0), [0.0, 2.0], [0.0, 1.0]),
    "abs": (ops.abs, [0.0, -2.0], [0.0, -1.0]),
    "divide_no_nan": (lambda x: ops.divide_no_nan(1.0, x), [0.0, 2.0], [0.0, -0.25]),
    "sinc": (ops.sinc, [0.0], [0.0]),
    "nansum": (ops.nansum, [NAN, 3.0], [0.0, 1.0]),
    "nanmean": (ops.nanmean, [NAN, 3.0], [0.0, 1.0]),
    "nanvar": (ops.nanvar, [NAN, 1.0, 3.0], [0.0, -1.0, 1.0]),
    "nan_to_num": (ops.nan_to_num, [NAN, INF, 1.0], [0.0, 0.0, 1.0]),
    "logaddexp of -inf": (lambda x: ops.logaddexp(x, -INF), [1.0], [1.0]),
    "logaddexp of equals": (lambda x: ops.logaddexp(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    "hypot of equals": (lambda x: ops.hypot(x[0], x[1]), [1.0, 1.0], [0.5**0.5, 0.5**0.5]),
    "softplus": (ops.softplus, [0.0], [0.5]),
    "logsumexp of -inf": (ops.logsumexp, [-INF, 1.0], [0.0, 1.0]),
    "where": (
        lambda x: ops.where(x > 0, ops.log(ops.where(x > 0, x, 1.0)), 0.0),
        [0.0, 2.0],
        [0.0, 0.5],
    ),
    "a root behind where": (lambda x: ops.where(x > 1, ops.sqrt(x), 0.0), [0.0, 4.0], [0.0, 0.25]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_at_special_points(trains, name):
    fn, x, expected = SLOPES[name]
    _, (gradient,) = trains.value_and_grad(lambda values: (ops.sum(fn(values[0])), None))(
        [trains.asarray(x)]
    )
    np.testing.assert_allclose(trains.to_numpy(gradient), expected, rtol=1e-5)


# Halves: sums are accumulated in float32, so that only the result is rounded to a half.

COUNT = 50_000
HALVES = {"float16": 1e-3, "bfloat16": 8e-3}  # two units in the last place


def _close(engine: Any, found: Any, exact: Any, dtype: str) -> None:
    assert engine.dtype(found) == dtype
    found = ops.convert_to_numpy(ops.cast(found, "float32"))
    np.testing.assert_allclose(found, exact, rtol=HALVES[dtype])


def _positive(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Many halves, and the same numbers in float64."""
    x = np.random.default_rng(0).uniform(0, 2, COUNT).astype(numpy_dtype(dtype))
    return x, x.astype("float64")


REDUCTIONS = {
    "sum": (ops.sum, np.sum),
    "mean": (ops.mean, np.mean),
    "var": (ops.var, np.var),
    "std": (ops.std, np.std),
    "norm": (ops.norm, np.linalg.norm),
    "nansum": (ops.nansum, np.sum),
    "nanmean": (ops.nanmean, np.mean),
    "nanvar": (ops.nanvar, np.var),
    "nanstd": (ops.nanstd, np.std),
    "median": (ops.median, np.median),
    "quantile": (lambda x: ops.quantile(x, 0.9), lambda x: np.quantile(x, 0.9)),
    "average": (lambda x: ops.average(x, weights=x), lambda x: np.average(x, weights=x)),
    "logsumexp": (ops.logsumexp, special.logsumexp),
    "log_softmax": (lambda x: ops.log_softmax(x)[:9], lambda x: special.log_softmax(x)[:9]),
    "moments": (lambda x: ops.moments(x, [0])[1], np.var),
    "the end of cumsum": (lambda x: ops.cumsum(x)[-9:], lambda x: np.cumsum(x)[-9:]),
    "trapezoid": (ops.trapezoid, np.trapezoid),
    "corrcoef": (
        lambda x: ops.corrcoef(ops.stack([x, ops.square(x)]))[0, 1],
        lambda x: np.corrcoef(x, x**2)[0, 1],
    ),
}


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_halves_are_accumulated_in_single_precision(engine, name, dtype):
    ours, theirs = REDUCTIONS[name]
    x, exact = _positive(dtype)
    if name in ("sum", "nansum", "trapezoid", "the end of cumsum"):
        x = x / 4  # the sum must fit into float16
        exact = x.astype("float64")
    _close(engine, ours(engine.asarray(x)), theirs(exact), dtype)


@pytest.mark.parametrize("dtype", HALVES)
def test_probabilities_of_many_halves_sum_to_one(engine, dtype):
    x = np.random.default_rng(0).normal(size=(2, 2000)).astype(numpy_dtype(dtype))
    expected = special.softmax(x.astype("float64"), axis=-1)
    found = ops.convert_to_numpy(ops.cast(ops.softmax(engine.asarray(x)), "float32"))
    np.testing.assert_allclose(
        found, expected, rtol=HALVES[dtype], atol=2.0**-24
    )  # the least float16
    np.testing.assert_allclose(found.sum(-1), 1.0, rtol=1e-3)


def test_squares_of_halves_do_not_overflow(engine):
    x = engine.asarray(np.array([-1000.0, 1000.0], "float16"))
    for op, expected in ((ops.std, 1000.0), (ops.norm, 2**0.5 * 1000), (ops.nanstd, 1000.0)):
        _close(engine, op(x), expected, "float16")
    _close(engine, ops.average(x, weights=x + 2000), 1e3 / 2, "float16")


# 64 bits: see docs/dtypes.md.

WIDE = {
    "int64": 2**40 + 1,
    "uint64": 2**63 + 1,
    "float64": 1 + 2.0**-40,
    "complex128": 1 + 2.0**-40,
}


@pytest.mark.parametrize("dtype", WIDE)
def test_64_bits_stay_64_bits(engine, dtype):
    if engine.name == "jax" or (engine.name == "mlx" and "int" not in dtype):
        pytest.skip("JAX has no 64-bit types unless enabled, MLX no such floats")
    x = np.array([WIDE[dtype], 1], dtype)
    found = ops.convert_to_tensor(x)
    assert engine.dtype(found) == dtype
    np.testing.assert_array_equal(ops.convert_to_numpy(found), x)
    ops_that_keep = [lambda x: ops.add(x, x), lambda x: ops.multiply(x, 1), ops.sum, ops.cumsum]
    ops_that_keep += [] if dtype == "complex128" else [ops.max, ops.sort, lambda x: x[:1]]
    ops_that_keep += [ops.mean, ops.exp, ops.sqrt] if dtype == "float64" else []
    for op in ops_that_keep:
        assert engine.dtype(op(found)) == dtype
    if dtype != "uint64":  # torch adds unsigned numbers in int64
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.sum(found)), x.sum())


def test_jax_narrows_what_fits_and_refuses_what_does_not(engine):
    if engine.name != "jax":
        pytest.skip("the other engines have 64-bit types")
    for dtype, narrow in (("int64", "int32"), ("uint64", "uint32")):
        limits = np.iinfo(narrow)
        fits = np.array([limits.min, limits.max], dtype)
        for given in (fits, fits[:0], fits[0]):
            found = ops.convert_to_tensor(given)
            assert engine.dtype(found) == narrow
            np.testing.assert_array_equal(ops.convert_to_numpy(found), given)
        for beyond in (np.array([limits.max, limits.max + 1], dtype), np.array(2**40, dtype)):
            for take_in in (ops.convert_to_tensor, engine.place, lambda x: ops.add(x, 1)):
                with pytest.raises(OverflowError, match=r"32 bits.*jax_enable_x64"):
                    take_in(beyond)
    for beyond in (-(2**31) - 1, [1, 2**31], np.int64(2**31), np.array([-(2**31) - 1])):
        with pytest.raises(OverflowError, match=r"int32|32 bits"):
            ops.convert_to_tensor(beyond)
    assert engine.dtype(engine.asarray(np.array([3_000_000_000]), "uint32")) == "uint32"
    assert engine.dtype(ops.convert_to_tensor(np.array([1.5]))) == "float32"
