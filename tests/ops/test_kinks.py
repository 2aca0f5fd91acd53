"""Slopes where pieces meet: the same on every engine, with its overrides and without."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import activations, ops

# op -> (point, slope). They are Keras' (on JAX), but for leaky_relu's, which is PyTorch's and TensorFlow's.
SLOPES = {
    "relu": [(0.0, 0.0)],
    "relu6": [(0.0, 0.0), (6.0, 0.0)],
    "leaky_relu": [(0.0, 0.2)],
    "elu": [(0.0, 1.0)],
    "celu": [(0.0, 1.0)],
    "selu": [(0.0, 1.7580993)],
    "hard_sigmoid": [(-3.0, 0.0), (3.0, 0.0)],
    "hard_silu": [(-3.0, 0.0), (0.0, 0.5), (3.0, 1.0)],
    "hard_tanh": [(-1.0, 1.0), (1.0, 1.0)],
    "hard_shrink": [(-0.5, 0.0), (0.5, 0.0)],
    "soft_shrink": [(-0.5, 0.0), (0.5, 0.0)],
    "sparse_plus": [(-1.0, 0.0), (1.0, 1.0)],
    "sparse_sigmoid": [(-1.0, 0.0), (1.0, 0.0)],
    "softplus": [(0.0, 0.5)],
    "log_sigmoid": [(0.0, 0.5)],
    "softsign": [(0.0, 1.0)],
    "tanh_shrink": [(0.0, 0.0)],
    "squareplus": [(0.0, 0.5)],
    "silu": [(0.0, 0.5)],
    "gelu": [(0.0, 0.5)],
    "mish": [(0.0, 0.6)],
}


@pytest.mark.parametrize("defined", [False, True], ids=["own", "defined"])
def test_slopes_where_pieces_meet(trains, monkeypatch, defined):
    if defined:
        monkeypatch.setattr(trains, "overrides", {})
    for name, points in SLOPES.items():
        fn = getattr(ops, name, None) or getattr(activations, name)
        for point, expected in points:
            run = trains.value_and_grad(lambda xs, fn=fn: (fn(xs[0]), None))
            slope = float(np.asarray(ops.convert_to_numpy(run([trains.asarray(point)])[1][0])))
            assert slope == pytest.approx(expected, abs=1e-6), (name, point)


def test_a_loss_from_logits_of_zero_learns(trains):
    target = trains.asarray([0.0, 1.0])
    run = trains.value_and_grad(
        lambda xs: (ops.sum(ops.binary_crossentropy(target, xs[0], from_logits=True)), None)
    )
    slope = ops.convert_to_numpy(run([trains.asarray([0.0, 0.0])])[1][0])
    np.testing.assert_allclose(slope, [0.5, -0.5])


def test_softmax_of_a_row_without_finite_elements(engine):
    x = np.array([[-np.inf, -np.inf], [0.0, -np.inf]], "float32")
    for fn, expected in ((ops.softmax, [1.0, 0.0]), (ops.log_softmax, [0.0, -np.inf])):
        found = ops.convert_to_numpy(fn(engine.asarray(x)))
        assert np.isnan(found[0]).all()
        np.testing.assert_array_equal(found[1], expected)
