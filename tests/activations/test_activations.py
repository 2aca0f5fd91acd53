"""Activations: names, configurations, and the ramp with bends."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lamina import KerasTensor, activations
from lamina.core import registry
from lamina.engine.current import using

NAMES = sorted(registry.shelves["activations"].objects)
X = np.array([[-3.0, -1.0, 0.0, 0.2], [0.5, 2.0, 7.0, -0.1]], "float32")


@pytest.mark.parametrize("name", NAMES)
def test_shape_dtype_and_name(engine, name):
    fn = activations.get(name)
    assert activations.serialize(fn) == name
    assert activations.deserialize(name) is fn
    rest = (0.5, 2.0) if name == "threshold" else ()
    y = fn(engine.asarray(X), *rest)
    width = 2 if name == "glu" else 4
    assert engine.shape(y) == (2, width) and engine.dtype(y) == "float32"
    symbolic = fn(KerasTensor((None, 4)), *rest)
    assert symbolic.shape == (None, width) and symbolic.dtype == "float32"


@settings(max_examples=50, deadline=None)
@given(
    slope=st.sampled_from([0.0, 0.1, 0.5]),
    ceiling=st.sampled_from([None, 1.0, 6.0]),
    threshold=st.sampled_from([0.0, 0.5, 2.0, -0.5]),
)
def test_relu_with_bends(backend, slope, ceiling, threshold):
    x = np.array([-3.0, -0.7, 0.1, 0.9, 2.5, 8.0], "float32")
    expected = np.where(x > threshold, x, slope * (x - threshold))
    expected = np.where(
        (x > threshold) & (ceiling is not None), np.minimum(x, ceiling or 0), expected
    )
    with using(backend):
        y = activations.relu(x, slope, ceiling, threshold)
        np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-6)


def test_get():
    def mine(x):
        return x

    assert activations.get(None) is activations.linear
    assert activations.get(mine) is mine
    assert activations.get("swish") is activations.silu
    assert activations.get("hard_swish") is activations.hard_silu
    function = {
        "module": "builtins",
        "class_name": "function",
        "config": "relu",
        "registered_name": "function",
    }
    assert activations.get(function) is activations.relu
    assert activations.serialize(mine)["config"] == "mine"
    with pytest.raises(ValueError, match="Did you mean 'softmax'"):
        activations.get("sofmax")
    with pytest.raises(ValueError, match="is not an activation"):
        activations.get(3)
    with pytest.raises(TypeError, match="not a named function"):
        activations.serialize(lambda x: x)


def test_getting_by_name_is_quick():
    calls = []
    sys.setprofile(lambda frame, event, _: calls.append(frame) if event == "call" else None)
    activations.get("relu")
    sys.setprofile(None)
    assert len(calls) <= 2
