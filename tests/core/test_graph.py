"""Graphs: recording calls; shapes and dtypes are inferred."""

from __future__ import annotations

from lamina import layers, ops
from lamina.core import graph, naming
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


def test_calls_of_ops_have_names_of_their_own():
    naming.reset()
    x = layers.Input((4,))
    nodes = [y.node for y in (ops.relu(x), ops.relu(x), x + 1, layers.Add()([x, x]), x + 2)]
    assert [node.name for node in nodes] == ["relu", "relu_1", "add", "add_1", "add_2"]
