"""A loss that is not finite ends training, and an account tells where it comes from."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import lamina
from lamina import callbacks, layers, ops
from lamina.training.finite import guard

X = np.random.default_rng(0).random((64, 4), "float32")
Y = X.sum(1, keepdims=True)
WITH_NAN = X.copy()
WITH_NAN[37, 2] = np.nan  # of batch 5, from 1


def model(activation="tanh", rate=0.01, **options):
    lamina.utils.set_random_seed(0)
    net = lamina.Sequential(
        [
            layers.Dense(8, input_shape=(4,), name="first"),
            layers.Dense(8, activation=activation, name="second"),
            layers.Dense(1, name="third"),
        ]
    )
    net.compile(lamina.optimizers.SGD(rate, **options), "mse")
    return net


def fit(net, x=X, y=Y, **options):
    options = {"epochs": 3, "shuffle": False, "verbose": 0, "preflight": False, **options}
    return net.fit(x, y, batch_size=8, **options)


def account(net, *data, **options):
    """Train, and return the account."""
    with pytest.raises(FloatingPointError) as caught:
        fit(net, *data, on_nan="raise", **options)
    return str(caught.value)


def masked_root(x):
    """The identity, but the slope of the branch that is not taken is NaN, and 0 times NaN is NaN."""
    return ops.where(x < 9.0, x, ops.power(x - 9.0, 0.5))


pytestmark = pytest.mark.filterwarnings("ignore::lamina.preflight.finding.PreflightWarning")


def test_training_ends_with_the_weights_of_before(trains):
    net, whole = model(), model()
    with pytest.warns(UserWarning, match=r"In epoch 1, batch 5 \(both from 1\), the loss is nan"):
        history = fit(net, WITH_NAN)
    assert list(history.history) == ["loss"] and np.isnan(history.history["loss"]).tolist() == [
        True
    ]
    fit(whole, WITH_NAN[:32], Y[:32], epochs=1)
    for ours, theirs in zip(net.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_inputs_that_are_not_finite_are_named(trains):
    text = account(model(), WITH_NAN)
    assert "`x` has 1 of 32 numbers that are not finite" in text
    assert "first layer that is not finite: sequential" in text and "/first: 8 of 64" in text
    assert "learning rate: 0.01" in text


def test_the_first_layer_whose_output_is_not_finite_is_named(trains):
    text = account(model(activation=lambda x: ops.log(x - 9.0)))
    assert "/second: 64 of 64 of its outputs" in text and "inputs: finite" in text


def test_a_gradient_that_is_not_finite_is_found_a_batch_before(trains):
    text = account(model(activation=masked_root))
    assert "In epoch 1, batch 2" in text and "It began in batch 1" in text
    assert "/second: its gradient" in text and "norm of the gradient: nan" in text


def test_a_rate_that_is_too_large_is_shown(trains):
    text = account(model("linear", rate=1e6), epochs=9)
    assert "learning rate: 1e+06" in text and "A smaller learning rate" in text


def test_accumulated_gradients_are_found_in_the_batch_that_spoilt_them(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS_BETWEEN_LOOKS", 1e9)
    text = account(model(activation=masked_root, gradient_accumulation_steps=3))
    assert "It began in batch 1" in text


def test_warn_goes_on_as_keras_does_and_warns_once():
    with pytest.warns(UserWarning, match="Training goes on") as caught:
        history = fit(model(), WITH_NAN, on_nan="warn")
    assert sum("Training goes on" in str(warning.message) for warning in caught) == 1
    assert np.isnan(history.history["loss"]).tolist() == [True] * 3


def test_ignore_does_not_look():
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="In epoch")
        history = fit(model(), WITH_NAN, on_nan="ignore")
    assert len(history.history["loss"]) == 3


def test_many_steps_after_it_the_first_is_found(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS_BETWEEN_LOOKS", 1e9)  # only at the end of an epoch
    assert "batch 5 (both" in account(model(), WITH_NAN)


def test_without_a_copy_of_the_state_the_batch_is_about_right(monkeypatch):
    monkeypatch.setattr(guard, "_LARGE", 0)
    text = account(model(), WITH_NAN)
    assert text.endswith("Training ends.") and "the loss is nan" in text


def test_scaled_losses_of_halves_may_have_gradients_that_overflow():
    net = model()
    scaled = lamina.optimizers.LossScaleOptimizer(net.optimizer, initial_scale=2.0**100)
    net.compile(scaled, "mse")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="In epoch")
        assert np.isfinite(fit(net).history["loss"]).all()


@pytest.mark.filterwarnings("ignore:In epoch")
def test_terminate_on_nan_has_its_say_in_the_same_batch():
    with pytest.raises(RuntimeError, match="Batch 4: the loss is nan"):
        fit(model(), WITH_NAN, callbacks=[callbacks.TerminateOnNaN(raise_error=True)])


def test_finite_losses_change_nothing():
    one, other = model(), model()
    a, b = fit(one), fit(other, on_nan="ignore")
    assert a.history == b.history
    for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_other_choices_are_refused():
    with pytest.raises(
        ValueError, match=r"`on_nan` must be one of .'stop', 'raise', 'warn', 'ignore'"
    ):
        fit(model(), on_nan="halt")
