"""`TimeDistributed` around layers that keep something in training: one step after the other, by definition."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers

X = np.random.default_rng(0).normal(size=(6, 4, 3)).astype("float32")
MOMENTUM, EPSILON = 0.9, 1e-3


def _by_definition(x, mask):
    """Normalize each step by its own moments over the samples that count; return it and the averages."""
    mean, variance, normalized = np.zeros(3), np.ones(3), np.empty(x.shape)
    for step in range(x.shape[1]):
        counts = x[mask[:, step], step].astype("float64")
        normalized[:, step] = (x[:, step] - counts.mean(0)) / np.sqrt(counts.var(0) + EPSILON)
        mean = MOMENTUM * mean + (1 - MOMENTUM) * counts.mean(0)
        variance = MOMENTUM * variance + (1 - MOMENTUM) * counts.var(0)
    return normalized, mean, variance


def _layer():
    return layers.TimeDistributed(layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON))


@pytest.mark.parametrize("masked", [False, True])
def test_each_step_is_normalized_and_counted_by_itself(engine, masked):
    mask = np.ones(X.shape[:2], bool)
    if masked:
        mask[:3, 2:] = False
    layer = _layer()
    y = layer(X, training=True, mask=mask if masked else None)
    expected, mean, variance = _by_definition(X, mask)
    np.testing.assert_allclose(lamina.ops.convert_to_numpy(y), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(layer.layer.moving_mean.numpy(), mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.layer.moving_variance.numpy(), variance, rtol=1e-4)


@pytest.mark.parametrize("frozen", [False, True])
def test_afterwards_all_steps_go_by_the_averages_at_once(engine, frozen):
    layer = _layer()
    layer(X, training=True)
    layer.layer.trainable = not frozen
    calls, call = [], layer.layer.call
    layer.layer.call = lambda *a, **k: calls.append(1) or call(*a, **k)
    mean, variance = layer.layer.moving_mean.numpy(), layer.layer.moving_variance.numpy()
    y = lamina.ops.convert_to_numpy(layer(X, training=frozen))
    np.testing.assert_allclose(y, (X - mean) / np.sqrt(variance + EPSILON), rtol=1e-4, atol=1e-5)
    assert len(calls) == 1


def test_a_layer_that_keeps_nothing_is_called_once(engine):
    calls = []

    class Counted(layers.Dense):
        def call(self, x, training=False):
            calls.append(1)
            return super().call(x)

    layers.TimeDistributed(Counted(2))(X, training=True)
    assert len(calls) == 1


def test_a_mask_of_samples_of_another_number_is_refused(engine):
    with pytest.raises(ValueError, match="mask"):
        layers.BatchNormalization()(X[:, 0], training=True, mask=np.ones(5, bool))
