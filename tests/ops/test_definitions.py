"""Ops against their definitions in NumPy, where Keras 3.15.1 is wrong or its engines differ."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, at infinities
INF, NAN = np.inf, np.nan
RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4, 5)).astype("float32")
HOLES = np.array([[1, NAN, 3, INF], [NAN, NAN, -INF, 2]], "float32")
SPECIAL = np.array([0, -0.0, 1, 3, INF, -INF, NAN, 1e30, 1e-30, -1e38, 3e38], "float32")
TABLE = np.array([1, 2, 2, 3, INF, NAN], "float32")


def agree(ours: object, theirs: object) -> None:
    ours = np.asarray(ops.convert_to_numpy(ours))
    assert ours.shape == np.shape(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("name", ["nancumsum", "nancumprod"])
def test_accumulating_without_nan(engine, name, axis):
    agree(getattr(ops, name)(HOLES, axis), getattr(np, name)(HOLES, axis))


def test_pairs_of_special_numbers(engine):
    a, b = np.meshgrid(SPECIAL, SPECIAL)
    agree(ops.hypot(a, b), np.hypot(a, b))
    for equal_nan in (False, True):
        agree(ops.isclose(a, b, equal_nan=equal_nan), np.isclose(a, b, equal_nan=equal_nan))


@pytest.mark.parametrize(
    ("shift", "axis"),
    [((1, 2), (0, 1)), (1, (0, 2)), ((1, 2), (1, 1)), ((-1, 7, 2), (0, 1, 2)), (3, None), ((1, 2), 0)],
)  # fmt: skip
def test_rolling_along_several_axes(engine, shift, axis):
    agree(ops.roll(X, shift, axis), np.roll(X, shift, axis))


@pytest.mark.parametrize("axes", [(0, 1), (1, 0), (0, 2), (2, 1), (-1, 0)])
def test_quarter_turns(engine, axes):
    for k in range(-5, 6):
        agree(ops.rot90(X, k, axes), np.rot90(X, k, axes))


def test_choosing_broadcasts(engine):
    rows, columns = np.array([[True], [False]]), np.array([True, False, True])
    column = np.array([[2.0], [3.0]], "float32")
    for choices, default in [
        ([np.ones((2, 3), "float32"), np.full((1, 3), 5, "float32")], 7.0),
        ([1.0, column], np.array([9.0, 8.0, 7.0], "float32")),
        ([column, column], column),
    ]:
        conditions = [rows, columns]
        agree(ops.select(conditions, choices, default), np.select(conditions, choices, default))


@pytest.mark.parametrize("shape", [(2, 3, 4), (5,), (1, 7)])
def test_places_of_flat_indices(engine, shape):
    indices = np.arange(int(np.prod(shape)), dtype="int32")
    for ours, theirs in zip(
        ops.unravel_index(indices, shape), np.unravel_index(indices, shape), strict=True
    ):
        agree(ours, theirs)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_searching_among_infinities_and_nan(engine, side, dtype):
    values = np.array([[0, 1, 2, -0.0], [2.5, INF, NAN, -INF]], dtype)
    for table in (TABLE, np.array([-INF, -3, -1, -0.0, 0, 5]), np.array([], "float32")):
        table = table.astype(dtype)
        agree(ops.searchsorted(table, values, side), np.searchsorted(table, values, side))
    agree(ops.searchsorted(TABLE, 3, side), np.searchsorted(TABLE, 3, side))


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        ((3,), (3,), {}),
        ((4, 1, 3), (2, 3), {}),
        ((3, 2), (3, 2), {"axis": 0}),
        ((2,), (2,), {}),
        ((5, 3), (5, 2), {}),
        ((3, 4), (4, 3), {"axisa": 0, "axisb": 1, "axisc": 0}),
    ],
)
def test_cross_products(engine, first, second, how):
    a, b = RNG.normal(size=first), RNG.normal(size=second)
    agree(ops.cross(a.astype("float32"), b.astype("float32"), **how), np.cross(a, b, **how))


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        *[((), ()), ((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), ())],
        *[((2, 5, 3), (3,)), ((2, 5, 3), (4, 3, 6)), ((3,), (4, 3, 6)), ((0,), (0,)), ((2, 0), (0, 3))],
    ],
)  # fmt: skip
def test_dot_products(engine, first, second, dtype):
    a, b = ((10 * RNG.normal(size=shape)).astype(dtype) for shape in (first, second))
    agree(ops.dot(a, b), np.dot(a, b))


@pytest.mark.parametrize(
    ("indices", "values", "shape"),
    [
        ([[0], [2], [0]], np.array([1, 2, 3], "float32"), (4,)),
        ([[0, 1], [0, 1]], np.array([[1, 2], [3, 4]], "int32"), (2, 3, 2)),
        ([[[0], [1]], [[1], [-1]]], np.array([[1, 2], [3, 4]], "float32"), (3,)),
        ([[0], [0], [2]], np.array([True, True, False]), (3,)),
    ],
)
def test_scattering_adds_up(engine, indices, values, shape):
    expected = np.zeros(shape, values.dtype)
    np.add.at(expected, tuple(np.moveaxis(np.array(indices), -1, 0)), values)
    agree(ops.scatter(np.array(indices), values, shape), expected)


@pytest.mark.parametrize("mode", ["symmetric", "reflect", "edge", "wrap", "constant"])
@pytest.mark.parametrize(
    ("widths", "shape"),
    [
        (((1, 2), (2, 1)), (3, 4)),
        (((7, 8),), (3,)),
        (((5, 0),), (1,)),
        (((0, 0), (1, 1), (0, 2)), (2, 3, 4)),
    ],
)
def test_padding_beyond_the_size(engine, mode, widths, shape):
    for x in (RNG.normal(size=shape).astype("float32"), RNG.integers(0, 9, shape)):
        agree(ops.pad(x, widths, mode), np.pad(x, widths, mode))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_normalizing_zeros_has_a_finite_gradient(trains, order):
    zeros = ops.zeros((2, 3))
    gradient = lamina.autodiff.value_and_grad(lambda x: ops.sum(ops.normalize(x, order=order)))(
        zeros
    )[1]
    assert np.isfinite(ops.convert_to_numpy(gradient)).all()


@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "float16", "bfloat16", "float32"])
def test_the_symbolic_dtype_of_logsumexp_is_that_of_values(engine, dtype):
    values = ops.logsumexp(ops.cast(np.ones((2, 3)), dtype))
    assert ops.logsumexp(lamina.Input((3,), dtype=dtype)).dtype == engine.dtype(values)


@pytest.mark.parametrize("frames", [(1, 1, 1), (2, 1, 2), (4, 2, 4), (4, 2, 8), (3, 1, 5)])
def test_short_frames_of_a_signal_go_back(engine, frames):
    length, step, size = frames
    signal = X[0, :2].reshape(1, 10)[:, :9]
    spectrum = ops.stft(signal, length, step, size, window=None)
    agree(ops.istft(spectrum, length, step, size, length=9, window=None), signal)


def test_the_largest_may_be_asked_for_in_stable_order(engine):
    x = np.array([[1, 3, 3, 0, 3], [2, 2, 2, 2, 2]], "int32")
    values, indices = ops.top_k(x, 3, is_stable=True)
    agree(values, [[3, 3, 3], [2, 2, 2]])
    agree(indices, [[1, 2, 4], [0, 1, 2]])


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_padding_is_written_in_any_case(engine, padding):
    x, kernel = np.ones((1, 5, 4, 2), "float32"), np.ones((2, 2, 2, 1), "float32")
    for op in (
        lambda p: ops.conv(x, kernel, 2, padding=p),
        lambda p: ops.conv_transpose(x, np.ones((2, 2, 3, 2), "float32"), 2, padding=p),
        lambda p: ops.depthwise_conv(x, kernel, padding=p),
        lambda p: ops.max_pool(x, 2, padding=p),
        lambda p: ops.average_pool(x, 2, padding=p),
        lambda p: ops.image.extract_patches(x, 2, padding=p),
    ):
        agree(op(padding.upper()), engine.to_numpy(op(padding)))
