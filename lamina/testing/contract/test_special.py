"""Points where engines tend to differ: zeros, ties, NaN, infinity, signs, halves."""

import math
import warnings

import numpy as np
import pytest

from lamina.testing.contract.checks import close, covers, gradients_of, same

inf, nan = np.inf, np.nan

UNARY = [
    ("log", [0.0, -1.0, inf], [-inf, nan, inf]),
    ("log1p", [-1.0, 1e-8], [-inf, 1e-8]),
    ("expm1", [1e-8, -inf], [1e-8, -1.0]),
    ("exp", [1000.0, -1000.0], [inf, 0.0]),
    ("sqrt", [0.0, -1.0], [0.0, nan]),
    ("rsqrt", [0.0, 4.0], [inf, 0.5]),
    ("round", [0.5, 1.5, 2.5, -0.5, -1.5], [0.0, 2.0, 2.0, 0.0, -2.0]),
    ("sigmoid", [-1000.0, 1000.0, -20.0], [0.0, 1.0, 2.0611537e-09]),
    ("tanh", [-1000.0, 1000.0], [-1.0, 1.0]),
    ("erf", [-inf, inf, 1e-8], [-1.0, 1.0, 1.1283791e-08]),
    ("sign", [-0.0, 0.0, -inf], [0.0, 0.0, -1.0]),
    ("relu", [-inf, inf, 0.0], [0.0, inf, 0.0]),
    ("abs", [-inf], [inf]),
]


@pytest.mark.parametrize(("primitive", "given", "expected"), UNARY, ids=[row[0] for row in UNARY])
def test_special_points_are_quiet_and_right(engine, primitive, given, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = engine.to_numpy(getattr(engine, primitive)(engine.asarray(given)))
    np.testing.assert_allclose(result, expected, rtol=1e-5)


KEEPING_NAN = [
    *("negative", "abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square"),
    *("sin", "cos", "tanh", "sigmoid", "erf", "floor", "ceil", "round", "relu"),
]


@pytest.mark.parametrize("primitive", KEEPING_NAN)
def test_nan_is_kept(engine, primitive):
    assert np.isnan(engine.to_numpy(getattr(engine, primitive)(engine.asarray([nan])))).all()


def test_nan_wins_comparisons(engine):
    x, y = engine.asarray([nan, 1.0]), engine.asarray([1.0, nan])
    for name in ("maximum", "minimum"):
        assert np.isnan(engine.to_numpy(getattr(engine, name)(x, y))).all()
        assert np.isnan(engine.to_numpy(getattr(engine, name)(x, 0.0))[0])
    for name in ("max", "min"):
        assert np.isnan(engine.to_numpy(getattr(engine, name)(x)))
    pooled = engine.max_pool(engine.asarray([[[nan], [1.0]]]), (2,), (1,), [(0, 0)])
    assert np.isnan(engine.to_numpy(pooled)).all()


@covers("value_and_grad")
@pytest.mark.parametrize("size", [2, 3])
def test_the_first_of_equals_is_the_maximum_of_a_window(engine, size):
    def pooled(x):
        return engine.sum(engine.max_pool(x, (size, size), (2, 2), [(0, 0), (0, 0)]))

    (gradient,) = gradients_of(engine, pooled, [engine.asarray(np.ones((1, 5, 5, 1)), "float32")])
    starts = np.zeros((1, 5, 5, 1))
    starts[:, 0:4:2, 0:4:2] = 1
    same(engine, gradient, starts)


def test_division_by_zero_is_quiet(engine):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = engine.divide(engine.asarray([1.0, -1.0, 0.0]), engine.asarray([0.0, 0.0, 0.0]))
    same(engine, result, [inf, -inf, nan])


@pytest.mark.parametrize("kind", [float, int])
def test_remainder_has_the_sign_of_the_divisor(engine, kind):
    x, y = ([kind(v) for v in row] for row in ([7, -7, 7, -7], [3, 3, -3, -3]))
    result = engine.remainder(engine.asarray(x), engine.asarray(y))
    same(engine, result, [1, 2, -2, -1])
    result = engine.floor_divide(engine.asarray(x), engine.asarray(y))
    same(engine, result, [2, -3, -3, 2])


def test_powers(engine):
    same(engine, engine.power(engine.asarray([0.0, -2.0, 4.0]), 2.0), [0, 4, 16])
    same(engine, engine.power(engine.asarray([2, 3]), 3), [8, 27])


SLOPES = {
    "relu at 0": (lambda e, x: e.relu(x), 0.0, 0.0),
    "abs at 0": (lambda e, x: e.abs(x), 0.0, 0.0),
    "square at 0": (lambda e, x: e.square(x), 0.0, 0.0),
    "power at 0": (lambda e, x: e.power(x, 2.0), 0.0, 0.0),
    "maximum at a tie": (lambda e, x: e.maximum(x, 0.0), 0.0, 0.5),
    "minimum at a tie": (lambda e, x: e.minimum(1.0, x), 1.0, 0.5),
    "where keeps the other out": (lambda e, x: e.where(e.greater(x, 0.0), x, 0.0), -1.0, 0.0),
    "stop_gradient": (lambda e, x: e.multiply(e.stop_gradient(x), x), 3.0, 3.0),
    "round": (lambda e, x: e.round(x), 0.3, 0.0),
    "prod with a zero": (lambda e, x: e.prod(e.stack([x, e.asarray(5.0)], 0)), 0.0, 5.0),
}


@covers("stop_gradient", "value_and_grad")
@pytest.mark.parametrize("label", SLOPES)
def test_slopes_at_kinks(engine, label):
    fn, point, expected = SLOPES[label]
    (slope,) = gradients_of(engine, lambda x: fn(engine, x), [engine.asarray(point)])
    assert float(engine.to_numpy(slope)) == expected


@covers("value_and_grad")
def test_ties_in_a_maximum_share_the_gradient(engine):
    for name in ("max", "min"):
        run = engine.value_and_grad(lambda values, n=name: (getattr(engine, n)(values[0]), None))
        close(engine, run([engine.asarray([2.0, 2.0])])[1][0], [0.5, 0.5], rtol=1e-7)


def test_unsigned_keys_count_up(engine):
    key = engine.asarray(np.array([2**32 - 1, 2**32 - 1], "uint32"))
    result = engine.to_numpy(engine.add(key, engine.asarray(np.array([0, 1], "uint32"))))
    np.testing.assert_array_equal(result, np.array([2**32 - 1, 0], "uint32"))


def test_half_precision_sums_do_not_stall(engine):
    for dtype in ("float16", "bfloat16"):
        ones = engine.full((3000,), 1.0, dtype)
        assert abs(float(engine.to_numpy(engine.sum(ones))) - 3000) < 16
        assert float(engine.to_numpy(engine.mean(ones))) == 1


# By the op's name and arguments: what it means.
OVERRIDES = [
    ("softmax", {}, lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    ("softmax", {"axis": 0}, lambda x: np.exp(x) / np.exp(x).sum(0)),
    ("softmax", {"axis": (0, 1)}, lambda x: np.exp(x) / np.exp(x).sum()),
    ("log_softmax", {}, lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True))),
    ("log_softmax", {"axis": (0, 1)}, lambda x: x - np.log(np.exp(x).sum())),
    ("leaky_relu", {}, lambda x: np.where(x > 0, x, 0.2 * x)),
    ("leaky_relu", {"negative_slope": 0.1}, lambda x: np.where(x > 0, x, 0.1 * x)),
    ("elu", {"alpha": 2.0}, lambda x: np.where(x > 0, x, 2 * np.expm1(x))),
    ("gelu", {}, lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))),
    ("gelu", {"approximate": False}, lambda x: x / 2 * (1 + ERF(x / np.sqrt(2)))),
    ("softplus", {}, lambda x: np.log1p(np.exp(x))),
    ("log_sigmoid", {}, lambda x: -np.log1p(np.exp(-x))),
]
ERF = np.vectorize(math.erf)


@covers("overrides")
def test_overrides_mean_what_the_op_means(engine):
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    for name, arguments, meaning in OVERRIDES:
        if name in engine.overrides:
            result = engine.overrides[name](engine.asarray(x, "float32"), **arguments)
            assert engine.dtype(result) == "float32"
            close(engine, result, meaning(x), rtol=1e-4, atol=1e-6, err_msg=name)
