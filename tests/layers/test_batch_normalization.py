"""`BatchNormalization` by an engine's own kernel is what its formula says."""

import numpy as np
import pytest

from lamina import layers
from lamina.core.scope import StatelessScope
from lamina.engine import current
from lamina.layers.norm.batch_normalization import BatchNormalization
from lamina.testing.contract.checks import gradients_of

SHAPES = [(6, 3), (4, 5, 3), (2, 4, 5, 3), (1, 3)]


class _ByFormula(BatchNormalization):
    """The same layer without a kernel: a mask that counts all."""

    def call(self, inputs, training=False, mask=None):
        return super().call(inputs, training, np.ones(inputs.shape[:1], bool))


def _results(kind, shape, scale, dtype="float32"):
    e = current.engine()
    layer = kind(center=scale, scale=scale, dtype=dtype)
    layer.build(shape)
    draw = np.random.default_rng(0).normal
    for weight in layer.trainable_variables:
        weight.assign(draw(size=3))
    slope = e.asarray(draw(size=shape), "float32")
    x = e.asarray(draw(3.0, 2.0, size=shape), "float32")

    def total(x):
        with StatelessScope([]):  # where gradients are taken nothing is kept
            y = layer(x, training=True)
        return e.sum(e.multiply(e.cast(y, "float32"), slope))

    (gradient,) = gradients_of(e, total, [x])
    y = e.to_numpy(e.cast(layer(x, training=True), "float32"))
    return [e.to_numpy(gradient), y, layer.moving_mean.numpy(), layer.moving_variance.numpy()]


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_kernel_computes_what_the_formula_says(trains, shape, scale, dtype):
    by_kernel, by_formula = (
        _results(kind, shape, scale, dtype) for kind in (layers.BatchNormalization, _ByFormula)
    )
    for result, expected in zip(by_kernel, by_formula, strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)
