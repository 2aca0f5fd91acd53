"""Every layer of the table predicts on the onnx engine what NumPy computes, or is refused as the table here says."""

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

# Cases that a graph cannot have: how their names begin, and the primitive that ONNX lacks.
REFUSED = {"MelSpectrogram(": "rfft", "STFTSpectrogram(mode=angle": "arctan2"}


def refused(case):
    """Return the primitive for which a case is refused; `None` for most."""
    return next((lack for start, lack in REFUSED.items() if repr(case).startswith(start)), None)


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
        if lack := refused(case):
            with pytest.raises(Exception, match=f"`{lack}` only where") as caught:
                run(values, inputs[0])
            said = "".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
            assert f"({case.name})" in said and layer.name in said
            return
        for x, y in zip(inputs, expected, strict=True):
            assert_close(run(values, x), y)


def test_nine_of_ten_are_not_refused():
    assert sum(map(bool, map(refused, CASES))) < 0.1 * len(CASES)
