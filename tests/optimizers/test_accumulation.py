"""Gradient accumulation: k batches make the update of the one large batch."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import optimizers
from tests.training.nets import draw, labels, mlp

STEPS = 3


def _schedule():
    return optimizers.schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.02, 0.005])


# Adam divides by |gradient| + epsilon: a large epsilon, so that the rounding of tiny gradients stays tiny.
OPTIMIZERS = {
    "sgd": lambda **kw: optimizers.SGD(0.1, momentum=0.9, **kw),
    "adam": lambda **kw: optimizers.Adam(0.01, epsilon=0.1, clipnorm=0.1, **kw),
    "schedule": lambda **kw: optimizers.Adam(_schedule(), epsilon=0.1, weight_decay=0.1, **kw),
    "nadam": lambda **kw: optimizers.Nadam(0.01, epsilon=0.1, **kw),
    "ema": lambda **kw: optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=2, **kw),
    "scaled": lambda **kw: optimizers.LossScaleOptimizer(optimizers.SGD(0.1, **kw), 8.0),
    "multi": lambda **kw: optimizers.MultiOptimizer(
        optimizers.OptimizerMap(
            optimizers.SGD(0.1, **kw), {".*bias": optimizers.Adam(0.1, epsilon=0.1, **kw)}
        )
    ),
}


def _trained(make, x, y, batch, epochs, start, **options):
    model = mlp()
    if start is not None:
        model.set_weights(start)
    model.compile(make(**options), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=batch, epochs=epochs, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("samples", [60, 52])  # 52: the third batch of 20 has 12 samples only
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_small_batches_make_the_update_of_the_large_one(trains, name, samples):
    x, y = draw((samples, 4)), labels(samples)
    start = mlp().get_weights()
    one = _trained(OPTIMIZERS[name], x, y, samples, STEPS, start)
    many = _trained(OPTIMIZERS[name], x, y, 20, STEPS, start, gradient_accumulation_steps=3)
    for a, b in zip(one.get_weights(), many.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
    if name != "multi":  # which counts calls
        assert int(one.optimizer.iterations) == int(many.optimizer.iterations) == STEPS


def test_nothing_changes_before_the_last_batch(engine):
    v = lamina.Variable([1.0, 2.0])
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=3)
    grads = np.array([[1.0, 2.0], [3.0, 4.0], [8.0, 0.0]], "float32")
    for gradient, samples in zip(grads, (4, 4, 2), strict=True):
        np.testing.assert_array_equal(v.numpy(), [1.0, 2.0])
        assert int(optimizer.iterations) == 0
        optimizer.apply([engine.asarray(gradient)], [v], samples)
    np.testing.assert_allclose(v.numpy(), [1.0 - 32 / 10, 2.0 - 24 / 10], rtol=1e-6)
    assert int(optimizer.iterations) == 1


def test_without_sizes_it_is_the_plain_mean_as_in_keras(engine):
    v = lamina.Variable([1.0])
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=2)
    for gradient in (1.0, 2.0):
        optimizer.apply([engine.asarray([gradient])], [v])
    np.testing.assert_allclose(v.numpy(), [-0.5])


def test_a_gradient_that_is_not_finite_does_not_stay(engine):
    v = lamina.Variable([1.0])
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=2, clipvalue=1.0)
    for gradient in (float("inf"), 1.0, 1.0, 1.0):
        optimizer.apply([engine.asarray([gradient])], [v])
    np.testing.assert_allclose(v.numpy(), [-1.0])


@pytest.mark.parametrize("steps", [1, 0, -2, 2.5, True])
def test_a_wrong_number_is_refused(steps):
    with pytest.raises(ValueError, match="`gradient_accumulation_steps` must be an integer of 2"):
        optimizers.SGD(gradient_accumulation_steps=steps)


def test_a_file_in_the_middle_of_a_window(trains, tmp_path):
    """Saved after one of two batches, loaded, and gone on: as if nothing had been."""
    x, y, start = draw((40, 4)), labels(40), mlp().get_weights()

    def model():
        made = mlp()
        made.set_weights(start)
        options = {"gradient_accumulation_steps": 2}
        made.compile(optimizers.Adam(0.01, **options), "sparse_categorical_crossentropy")
        return made

    whole, first, second = model(), model(), model()
    for piece in (slice(0, 20), slice(20, 40)):
        whole.train_on_batch(x[piece], y[piece])
    first.train_on_batch(x[:20], y[:20])
    first.save_weights(tmp_path / "m.weights.h5")
    second.load_weights(tmp_path / "m.weights.h5")
    second.train_on_batch(x[20:], y[20:])
    for a, b in zip(whole.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
