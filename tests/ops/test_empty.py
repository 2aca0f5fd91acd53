"""Ops on tensors without elements, where an engine's own refuse or err."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import ops

EMPTY = np.zeros((2, 0, 3), "float32")
IMAGES, KERNEL = np.zeros((0, 4, 5, 3), "float32"), np.ones((3, 2, 3, 6), "float32")


@pytest.mark.parametrize(
    "call, shape, first",
    [
        (lambda: ops.logsumexp(EMPTY, 1), (2, 3), -np.inf),
        (lambda: ops.median(EMPTY, 1), (2, 3), np.nan),
        (lambda: ops.nanquantile(EMPTY, 0.3, 1, "higher"), (2, 3), np.nan),
        (lambda: ops.corrcoef(EMPTY[:, :, 0]), (2, 2), np.nan),
        (lambda: ops.unique(EMPTY[0, :, 0], size=2, fill_value=7), (2,), 7.0),
        (lambda: ops.unique(EMPTY, axis=1), EMPTY.shape, None),
        (lambda: ops.softmax(EMPTY, 1), EMPTY.shape, None),
        (lambda: ops.log_softmax(EMPTY, (1, 2)), EMPTY.shape, None),
        (lambda: ops.sparsemax(EMPTY, 1), EMPTY.shape, None),
        (lambda: ops.conv(IMAGES, KERNEL, 2, "same"), (0, 2, 3, 6), None),
        (lambda: ops.depthwise_conv(IMAGES, KERNEL), (0, 2, 4, 18), None),
        (lambda: ops.conv(IMAGES, KERNEL, dilation_rate=(1, 2)), (0, 2, 3, 6), None),
        (lambda: ops.scatter(np.array([[0]]), EMPTY[:1], (2, 0, 3)), EMPTY.shape, None),
        (lambda: ops.scatter_update(EMPTY, [[0]], EMPTY[:1]), EMPTY.shape, None),
        (lambda: ops.scatter_update(EMPTY, [[0]], EMPTY[:1], "min"), EMPTY.shape, None),
        (lambda: ops.rfft(IMAGES)[1], (0, 4, 5, 2), None),
        (lambda: ops.fft2((IMAGES, IMAGES))[0], IMAGES.shape, None),
    ],
)
def test_of_nothing(call, shape, first, engine):
    found = engine.to_numpy(call())
    assert found.shape == shape
    if first is not None:
        np.testing.assert_array_equal(found, np.float32(first))


def test_correlation_of_one_row_is_a_number(engine):
    assert tuple(ops.corrcoef([[1.0, 2.0, 4.0]]).shape) == ()


def test_a_truth_is_a_number_where_numbers_are_chosen(engine):
    found = ops.select([np.array([True, False])], [np.array([0.5, 0.5], "float16")], True)
    assert engine.to_numpy(found).tolist() == [0.5, 1.0]
