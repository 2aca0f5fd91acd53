"""Sparse crossentropy of many classes picks one logarithm for each target: as by one-hot targets."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops

CLASSES = 300
TARGETS = np.array([[0, 299, 7], [-1, 300, 12]], "int32")  # two of them are not classes
LOGITS = np.random.default_rng(0).normal(0, 3, (2, 3, CLASSES)).astype("float32")
LOGITS[0, 0, :2] = [-500, 500]  # the share of the target is 0 in floats, its logarithm is not


def _losses(logits, axis=-1):
    logits = ops.moveaxis(logits, -1, axis)
    return ops.sparse_categorical_crossentropy(TARGETS, logits, from_logits=True, axis=axis)


def _by_one_hot(logits):
    one_hot = (TARGETS[..., None] == np.arange(CLASSES)).astype("float32")
    return ops.categorical_crossentropy(one_hot, logits, from_logits=True)


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_values(dtype, axis, engine):
    logits = ops.cast(LOGITS, dtype)
    values, expected = _losses(logits, axis), _by_one_hot(logits)
    assert values.dtype == logits.dtype
    values, expected = map(ops.convert_to_numpy, (values, expected))
    np.testing.assert_allclose(
        values, expected, rtol=1e-5 if dtype == "float32" else 2e-3, atol=1e-6
    )
    assert values[0, 0] > 900 and values[1, 0] == values[1, 1] == 0


def test_gradients_and_those_of_them(trains):
    found = []
    for losses in (_losses, _by_one_hot):
        slope = lamina.autodiff.grad(lambda x, f=losses: ops.sum(f(x) ** 2))
        again = lamina.autodiff.grad(lambda x, f=slope: ops.sum(f(x) ** 2))
        x = ops.convert_to_tensor(LOGITS / 50)
        found.append([ops.convert_to_numpy(f(x)) for f in (slope, again)])
    for own, expected in zip(*found, strict=True):
        assert np.any(own != 0) and not np.any(own[1, :2])
        np.testing.assert_allclose(own, expected, rtol=2e-3, atol=1e-4 * np.abs(expected).max())
