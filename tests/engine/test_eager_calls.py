"""Ops that have a derivative of their own on JAX are short calls outside of a trace, too."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import lamina
from lamina import ops

X = np.random.default_rng(0).random((2, 6, 6, 3), dtype="float32")


@pytest.mark.parametrize(
    "call",
    [
        lambda x: ops.relu(x),
        lambda x: ops.softmax(x),
        lambda x: ops.softmax(x, axis=[1, 2]),
        lambda x: ops.log_softmax(x),
        lambda x: ops.max_pool(x, 2),
        lambda x: ops.average_pool(x, 2),
    ],
    ids=["relu", "softmax", "softmax of two axes", "log_softmax", "max_pool", "average_pool"],
)
def test_few_python_functions_run(call):
    """A custom derivative that JAX takes up anew at each call runs hundreds."""
    with lamina.config.using_backend("jax"):
        x = ops.convert_to_tensor(X)
        call(x)
        count = 0

        def watch(frame, event, argument):
            nonlocal count
            count += event == "call"

        sys.setprofile(watch)
        try:
            call(x)
        finally:
            sys.setprofile(None)
    assert count < 60
