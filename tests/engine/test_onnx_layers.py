"""Every layer of the table predicts on the onnx engine what NumPy computes."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import lamina
from lamina.core import tree
from lamina.core.scope import StatelessScope
from lamina.core.variable import values as values_of
from lamina.engine import current
from lamina.engine.over_batches import over_batches
from tests.layers.case import apply
from tests.layers.cases import CASES


def program_of(layer, options):
    def call(values, inputs):
        with StatelessScope(zip(layer.variables, values, strict=True)):
            return values_of(apply(layer, inputs, **options))

    return current.engine().compile(over_batches(call))


def assert_close(results, expected):
    for x, y in zip(tree.flatten(results), tree.flatten(expected), strict=True):
        largest = np.abs(y).max(initial=1) if y.dtype.kind == "f" else 1
        np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5 * largest)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_layer(case):
    """One program serves the case's batch, one sample and three."""
    inputs = [case.inputs(), case.inputs(1, batch=1), case.inputs(2, batch=3)]
    with lamina.config.using_backend("numpy"):
        layer = case.layer(lamina.layers)
        takes_training = "training" in inspect.signature(layer.call).parameters
        options = {"training": False} if takes_training else {}
        expected = [apply(layer, x, **options) for x in inputs]
    with lamina.config.using_backend("onnx"):
        run, values = program_of(layer, options), [v.value for v in layer.variables]
        for x, y in zip(inputs, expected, strict=True):
            assert_close(run(values, x), y)
