"""Values and gradients of activations beside Keras."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest

from lamina import activations, ops
from lamina.core import registry
from lamina.engine.current import engine, using

X = np.random.default_rng(0).normal(scale=3, size=(6, 4)).astype("float32")
EXTREMES = np.array([[-90.0, -30.0, -1e-4, 0.1], [1e-4, 30.0, 80.0, 2.5]], "float32")
# threshold has no defaults; Keras' sparsemax does not sum to 1 (tests/ops/test_sparsemax.py).
NAMES = sorted(set(registry.shelves["activations"].objects) - {"threshold", "sparsemax"})
CASES = [(name, {}) for name in NAMES] + [
    ("threshold", {"threshold": 0.5, "default_value": 2.0}),
    ("celu", {"alpha": 0.5}),
    ("glu", {"axis": 0}),
    ("hard_shrink", {"threshold": 1.5}),
    ("soft_shrink", {"threshold": 1.5}),
    ("squareplus", {"b": 1}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}),
    ("relu", {"max_value": 1.0}),
    ("relu", {"negative_slope": 0.3}),
    ("relu", {"threshold": 1.5}),
    ("relu", {"negative_slope": 0.3, "threshold": -1.0}),
    ("leaky_relu", {"negative_slope": 0.5}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("softmax", {"axis": 0}),
    ("softmax", {"axis": (0, 1)}),
    ("log_softmax", {"axis": 0}),
]
IDS = [f"{name}-{'-'.join(map(str, kwargs.values()))}" for name, kwargs in CASES]


def _shape(name, kwargs, x):
    theirs = getattr(keras.activations, name)
    return jax.eval_shape(lambda x: theirs(x, **kwargs), x).shape


@pytest.mark.parametrize(("name", "kwargs"), CASES, ids=IDS)
@pytest.mark.parametrize("x", [X, EXTREMES], ids=["usual", "extreme"])
def test_values_and_gradients(backend, name, kwargs, x):
    if name == "exponential":
        x = np.minimum(x, 20)
    theirs = getattr(keras.activations, name)
    upstream = np.random.default_rng(1).normal(size=_shape(name, kwargs, x)).astype("float32")

    def both(x):
        slope = jax.grad(lambda x: (theirs(x, **kwargs) * upstream).sum())
        return theirs(x, **kwargs), slope(x)

    expected, slope = map(np.asarray, jax.jit(both)(x))
    with using(backend):
        ours = getattr(activations, name)
        np.testing.assert_allclose(
            ops.convert_to_numpy(ours(x, **kwargs)), expected, rtol=1e-5, atol=1e-6
        )
        if "differentiates" not in engine().capabilities:
            return

        def value(xs):
            return ops.sum(ops.multiply(ours(xs[0], **kwargs), upstream)), None

        run = engine().value_and_grad(value)
        run = engine().compile(run) if backend == "jax" else run
        _, (gradient,) = run([engine().asarray(x)])
        np.testing.assert_allclose(ops.convert_to_numpy(gradient), slope, rtol=1e-5, atol=2e-6)
