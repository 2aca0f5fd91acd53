"""A `BatchNormalization` for each step trains as in Keras, with masks and without."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina

X = np.random.default_rng(0).normal(size=(8, 5, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(8, 5, 3)).astype("float32")


def _trained(k, masked):
    x = X.copy()
    if masked:
        x[:4, 3:] = x[2, 2:] = 9.0
    inputs = k.Input((5, 3))
    steps = k.layers.Masking(9.0)(inputs) if masked else inputs
    normalize = k.layers.BatchNormalization(momentum=0.9)
    model = k.Model(inputs, k.layers.TimeDistributed(normalize)(steps))
    model.compile(k.optimizers.SGD(0.1), "mse")
    losses = [float(model.train_on_batch(x, Y)) for _ in range(3)]
    weights = [np.asarray(w) for w in model.get_weights()]
    return [*losses, *weights, np.asarray(model.predict(x, verbose=0))]


@pytest.mark.parametrize("masked", [False, True])
def test_it_trains_alike(masked, trains):
    for ours, theirs in zip(_trained(lamina, masked), _trained(keras, masked), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
