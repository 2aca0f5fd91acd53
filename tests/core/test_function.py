"""`Function`: a graph that runs on values and on other symbols."""

from __future__ import annotations

import numpy as np

from lamina import layers, ops
from lamina.core.function import Function
from lamina.core.symbolic import KerasTensor
from tests.layers.checks import draw, raises_with


def test_function_on_values_and_on_other_symbols(engine):
    x, y = layers.Input((2,)), layers.Input((2,))
    f = Function({"x": x, "y": y}, [x * 2 + y, {"difference": x - y}])
    a, b = draw((3, 2)), draw((3, 2), 1)
    found = f({"x": ops.convert_to_tensor(a), "y": ops.convert_to_tensor(b)})
    np.testing.assert_allclose(ops.convert_to_numpy(found[0]), a * 2 + b, rtol=1e-6)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found[1]["difference"]), a - b, rtol=1e-5, atol=1e-6
    )
    again = f({"x": KerasTensor((5, 2)), "y": KerasTensor((5, 2))})
    assert again[0].shape == (5, 2)


def test_function_refuses():
    x = layers.Input((2,))
    with raises_with(ValueError, "`inputs` is empty"):
        Function([], x)
    with raises_with(ValueError, "`outputs` must hold KerasTensors", "int"):
        Function(x, 3)
    with raises_with(ValueError, "disconnected"):
        Function(x, layers.Input((2,)) * 2)


def test_ancestors_leave_out_what_lies_before_the_inputs(engine):
    calls = []
    x = layers.Input((2,))
    h = layers.Lambda(lambda x: calls.append("before") or x)(x)
    y = layers.Lambda(lambda x: calls.append("after") or x)(h)
    f = Function(h, y)
    calls.clear()
    f(ops.ones((1, 2)))
    assert calls == ["after"]


def test_output_specs_of_other_inputs(engine):
    x = layers.Input((None, 2))
    f = Function({"x": x}, [layers.Dense(3)(x) + 1.0, ops.sum(x, axis=1)])
    nodes = len(f.nodes)
    first, second = f.compute_output_spec({"x": KerasTensor((4, None, 2))})
    assert first.shape == (4, None, 3) and second.shape == (4, 2)
    assert first.node is None and len(f.nodes) == nodes
