"""Graphs: recording calls; shapes and dtypes are inferred."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import layers, ops
from lamina.core import graph
from lamina.core.op import op
from lamina.core.symbolic import KerasTensor
from tests.layers.checks import raises_with


def test_unknown_sizes_stay_unknown_and_known_ones_known(engine):
    x = KerasTensor((None, 4, None), "float32")
    assert (x + 1).shape == (None, 4, None)
    assert ops.sum(x, axis=0).shape == (4, None)
    assert ops.concatenate([x, x], axis=1).shape == (None, 8, None)
    assert ops.reshape(KerasTensor((None, 4, 6)), (-1, 24)).shape == (None, 24)
    assert ops.reshape(KerasTensor((None, 4, 6)), (-1, 2)).shape == (None, 2)
    assert ops.matmul(x, KerasTensor((None, None, 5))).shape == (None, 4, 5)


def test_dtypes_are_inferred(engine):
    x = KerasTensor((None, 2), "int32")
    assert (x + 1).dtype == "int32" and (x * 0.5).dtype == "float32" and (x > 1).dtype == "bool"
    assert ops.argmax(x, axis=-1).dtype == "int32"
    assert (KerasTensor((2,), "bfloat16") + 1.0).dtype == "bfloat16"


def test_errors_know_no_stand_ins(engine):
    x = KerasTensor((None, 4), "float32")
    for wrong in (
        lambda: ops.matmul(x, np.ones((5, 2), "float32")),
        lambda: x + np.ones(3, "float32"),
        lambda: ops.reshape(x, (3, -1, 7)),
    ):
        with pytest.raises(ValueError) as caught:
            wrong()
        assert "720" not in str(caught.value) and "1200" not in str(caught.value)
        assert "ops." in str(caught.value) and "float32[None, 4]" in str(caught.value)


def test_a_node_remembers_the_call():
    x = layers.Input((4,))
    layer = layers.Dense(3)
    y = layer(x)
    assert y.node.operation is layer and y.node.inputs == [x] and y.index == 0
    assert layer.input is x and layer.output is y
    with raises_with(AttributeError, "never called on a symbolic tensor"):
        layers.Dense(3).output  # noqa: B018


def test_recording_is_not_running(engine):
    ran = []

    @op
    def noisy(x: Tensor) -> Tensor:  # noqa: F821
        ran.append(1)
        return x

    y = noisy(KerasTensor((None, 2)))
    ran.clear()
    graph.Node(noisy, (y,), {}, KerasTensor((None, 2)))
    assert ran == []
