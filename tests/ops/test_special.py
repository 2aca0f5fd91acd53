"""Special functions beside SciPy's, over their range; segments whose number values say; frames and back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import lamina
from lamina import autodiff, ops

A, B = np.meshgrid(np.logspace(-2, 2, 15), np.concatenate([[0], np.logspace(-2, 2.2, 15)]))


def numbers(x):
    return ops.convert_to_numpy(x).astype("float64")


def test_gammainc(engine):
    a, x = A.astype("float32"), B.astype("float32")
    expected = special.gammainc(a.astype("float64"), x.astype("float64"))
    np.testing.assert_allclose(numbers(ops.gammainc(a, x)), expected, rtol=2e-4, atol=1e-6)
    found = numbers(ops.gammainc(np.float32(2), np.array([-1.0, np.inf, np.nan], "float32")))
    assert (np.isnan(found[0]), found[1], np.isnan(found[2])) == (True, 1, True)
    assert ops.gammainc(np.ones((3, 1), "float16"), np.ones(2, "float16")).shape == (3, 2)
    for pair in ((2, np.float16(1)), (np.float16(1), 2), (2.5, np.float16(1))):
        assert ops.dtype(ops.gammainc(*pair)) == "float16"


def test_the_slope_of_gammainc_is_the_density(trains):
    x = np.array([0.5, 1.0, 4.0], "float32")
    slope = autodiff.grad(lambda x: ops.sum(ops.gammainc(2.0, x)))(x)
    np.testing.assert_allclose(numbers(slope), x * np.exp(-x), rtol=1e-4)


@pytest.mark.parametrize("name", ["erfc", "erfinv"])
def test_error_functions(name, engine):
    x = np.linspace(-0.999, 0.999, 201, dtype="float32") * (5 if name == "erfc" else 1)
    expected = getattr(special, name)(x.astype("float64"))
    np.testing.assert_allclose(numbers(getattr(ops, name)(x)), expected, rtol=3e-4, atol=1e-6)


@pytest.mark.parametrize(
    "name, combine, neutral", [("sum", np.sum, 0), ("prod", np.prod, 1), ("max", np.max, -np.inf)]
)
def test_the_largest_id_says_how_many_segments(name, combine, neutral, engine):
    data, ids = np.array([1.0, 2, 3, 4], "float32"), np.array([0, 3, 0, 1])
    op = getattr(ops, f"segment_{name}")
    expected = [combine(data[ids == i]) if (ids == i).any() else neutral for i in range(4)]
    np.testing.assert_allclose(numbers(op(data, ids)), expected)
    assert op(data[:0], ids[:0]).shape == (0,)
    rows, of = lamina.KerasTensor((4, 2)), lamina.KerasTensor((4,), "int32")
    assert op(rows, of).shape == (None, 2)
    assert op(rows, of, 7).shape == (7, 2)


def test_the_slope_of_products_of_zeros(trains):
    data = np.array([0.0, 2, 3, 0, 0, 5], "float32")
    ids = np.array([0, 0, 0, 1, 1, 2])
    slope = autodiff.grad(lambda x: ops.sum(ops.segment_prod(x, ids, 3)))(data)
    assert numbers(slope).tolist() == [6, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("window", ["hann", "hamming", None])
@pytest.mark.parametrize("sizes", [(8, 2, 8), (6, 3, 8), (8, 4, 16)])
def test_frames_and_back(window, sizes, engine):
    x = np.random.default_rng(0).normal(size=(2, 50)).astype("float32")
    found = ops.istft(ops.stft(x, *sizes, window=window), *sizes, length=40, window=window)
    np.testing.assert_allclose(numbers(found), x[:, :40], atol=1e-5)


def test_wrong_signals_are_explained(engine):
    x = np.ones(16, "float32")
    for call, message in (
        (lambda: ops.fft(x), "pair"),
        (lambda: ops.fft((x, x[:3])), "one shape"),
        (lambda: ops.fft2((x, x)), "at least 2"),
        (lambda: ops.fft((np.arange(3), np.arange(3))), "floating"),
        (lambda: ops.rfft(x, 0), "positive"),
        (lambda: ops.stft(x, 6, 3, 4), "at least `sequence_length`"),
        (lambda: ops.stft(x, 6, 3, 8, window="kaiser"), "hamming"),
        (lambda: ops.stft(x, 6, 3, 8, window=x), "shape"),
        (lambda: ops.view_as_complex(x), "size 2"),
        (lambda: ops.top_k(x, 17), "16 elements"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
