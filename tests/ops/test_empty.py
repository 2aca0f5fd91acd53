"""Ops on tensors without elements, where an engine's own refuse or err."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lamina import ops
from tests.ops.drawing import words

EMPTY = np.zeros((2, 0, 3), "float32")
IMAGES, KERNEL = np.zeros((0, 4, 5, 3), "float32"), np.ones((3, 2, 3, 6), "float32")
EXTREMES = words("max min amax amin ptp argmax argmin nanmax nanmin nanargmax nanargmin")


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
        (lambda: ops.max(EMPTY, 2), (2, 0), None),
        (lambda: ops.max(EMPTY, 1, initial=4.0), (2, 3), 4.0),
        (lambda: ops.matrix_rank(EMPTY), (2,), 0.0),
        (lambda: ops.lu_factor(EMPTY)[1], (2, 0), None),
        (lambda: ops.multi_hot(np.zeros((2, 0), "int32"), 4), (2, 4), 0.0),
        (lambda: ops.ctc_decode(IMAGES[:, 0], [], "beam_search", 4)[1], (0, 1), None),
    ],
)
def test_of_nothing(call, shape, first, engine):
    found = engine.to_numpy(call())
    assert found.shape == shape
    if first is not None:
        np.testing.assert_array_equal(found, np.float32(first))


@pytest.mark.parametrize("name", EXTREMES)
def test_there_is_no_largest_of_nothing(name, engine):
    said = "ops." + name.removeprefix("nan")
    with pytest.raises(ValueError, match=rf"{said}: a tensor of shape \(2, 0, 3\) has no"):
        getattr(ops, name)(EMPTY, 1)
    with pytest.raises(ValueError, match=f"{said}: .* along axis None"):
        getattr(ops, name)(EMPTY)


@pytest.mark.parametrize(
    "call, part",
    [
        (lambda: ops.correlate(EMPTY[0, :, 0], [1.0, 2.0]), r"(0,) and (2,)"),
        (lambda: ops.fft((EMPTY[:, :0, 0],) * 2), "(2, 0)"),
        (lambda: ops.istft((EMPTY[0],) * 2, 4, 2, 4), "(0, 3)"),
        (lambda: ops.pad(EMPTY, 1, "reflect"), "(2, 0, 3)"),
        (lambda: ops.norm(EMPTY[0], np.inf, axis=0), "(0, 3)"),
        (lambda: ops.norm(EMPTY[0], 2), "(0,)"),
        (lambda: ops.ctc_decode(EMPTY.swapaxes(1, 2), [3, 3]), "(2, 3, 0)"),
    ],
)
def test_nothing_where_something_is_needed(call, part, engine):
    with pytest.raises(ValueError, match=re.escape(part)) as caught:
        call()
    assert str(caught.value).startswith("ops.")


def test_correlation_of_one_row_is_a_number(engine):
    assert tuple(ops.corrcoef([[1.0, 2.0, 4.0]]).shape) == ()


def test_a_truth_is_a_number_where_numbers_are_chosen(engine):
    found = ops.select([np.array([True, False])], [np.array([0.5, 0.5], "float16")], True)
    assert engine.to_numpy(found).tolist() == [0.5, 1.0]
