"""Graphs: recording calls; shapes and dtypes are inferred."""

from __future__ import annotations

from lamina import layers
from lamina.core import graph
from lamina.core.op import op
from lamina.core.symbolic import KerasTensor
from tests.layers.checks import raises_with


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
