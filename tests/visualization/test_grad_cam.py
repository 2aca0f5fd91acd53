"""Grad-CAM: a case computed by hand, the default layer, models of every style."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.visualization import grad_cam

X = np.random.default_rng(2).normal(size=(2, 5, 5, 3)).astype("float32")


def _model(activation="softmax"):
    """A linear convolution of one cell, a mean over places, scores: its maps can be written down."""
    inputs = lamina.Input((5, 5, 3))
    seen = layers.Conv2D(4, 1, name="seen")(inputs)
    outputs = layers.Dense(3, activation=activation)(layers.GlobalAveragePooling2D()(seen))
    return lamina.Model(inputs, outputs)


def _by_hand(model, classes):
    """The mean's gradient is 1/25 everywhere, so a channel weighs what the last kernel gives it, by 25."""
    kernel, bias, last, _ = model.get_weights()
    seen = X @ kernel[0, 0] + bias
    maps = np.maximum(np.einsum("brck,kb->brc", seen, last[:, classes] / 25), 0)
    return maps / maps.max((1, 2), keepdims=True)


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_maps_are_those_computed_by_hand(trains, activation):
    lamina.utils.set_random_seed(1)
    model = _model(activation)
    before = model.predict(X, verbose=0)
    np.testing.assert_allclose(
        grad_cam(model, X, "seen", [0, 2]), _by_hand(model, [0, 2]), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(model.predict(X, verbose=0), before)


def test_defaults_are_the_last_layer_with_places_and_the_highest_scores(trains):
    model = _model()
    best = model.predict(X, verbose=0).argmax(-1)
    np.testing.assert_array_equal(grad_cam(model, X), grad_cam(model, X, "seen", best))


def test_layers_within_a_subclass_or_a_model_are_reached(trains):
    inner = _model()

    class Outer(lamina.Model):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def call(self, x):
            return self.inner(x)

    np.testing.assert_allclose(
        grad_cam(Outer(), X, "seen", 1), grad_cam(inner, X, "seen", 1), atol=1e-6
    )


@pytest.mark.parametrize("resize", [True, False])
def test_maps_have_the_size_of_the_images_or_of_the_layer(trains, resize):
    model = lamina.Sequential(
        [lamina.Input((8, 6, 1)), layers.Conv2D(2, 3, strides=2), layers.Flatten(), layers.Dense(1)]
    )
    maps = grad_cam(model, np.ones((3, 8, 6, 1), "float32"), resize=resize)
    assert maps.shape == ((3, 8, 6) if resize else (3, 3, 2))
    assert maps.min() >= 0 and maps.max() <= 1


def test_sequences_have_maps_of_steps(trains):
    model = lamina.Sequential(
        [lamina.Input((7, 2)), layers.Conv1D(3, 2), layers.GlobalMaxPooling1D(), layers.Dense(2)]
    )
    assert grad_cam(model, np.ones((2, 7, 2), "float32")).shape == (2, 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layer": "other"}, "has no layer 'other'"),
        ({"classes": 3}, "from 0 to 2"),
        ({"classes": 0.5}, "whole numbers"),
    ],
)
def test_what_has_no_map_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        grad_cam(_model(), X, **arguments)


def test_a_model_without_places_is_refused():
    model = lamina.Sequential([lamina.Input((4,)), layers.Dense(2)])
    with pytest.raises(ValueError, match="no layer"):
        grad_cam(model, np.ones((1, 4), "float32"))
