"""Layers of images beside Keras: with factors that leave nothing to chance."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from lamina import layers, ops

IMAGES = (np.random.default_rng(0).random((2, 12, 16, 3)) * 255).astype("float32")
CASES = [
    ("RandomRotation", {"factor": (0.1, 0.1)}),
    ("RandomRotation", {"factor": (-0.3, -0.3), "fill_mode": "constant", "fill_value": 9.0}),
    ("RandomZoom", {"height_factor": (0.2, 0.2)}),
    ("RandomZoom", {"height_factor": (-0.3, -0.3), "width_factor": (0.2, 0.2)}),
    ("RandomTranslation", {"height_factor": (0.2, 0.2), "width_factor": (-0.1, -0.1)}),
    ("RandomBrightness", {"factor": (0.2, 0.2)}),
    ("RandomSaturation", {"factor": (0.3, 0.3)}),
    ("RandomSharpness", {"factor": (0.3, 0.3)}),
    ("RandomPosterization", {"factor": (3, 3)}),
    ("RandomColorDegeneration", {"factor": (0.3, 0.3)}),
    ("RandomGrayscale", {"factor": 1.0}),
    ("RandomInvert", {"factor": (1.0, 1.0)}),
    ("RandomColorJitter", {"brightness_factor": (0.2, 0.2), "saturation_factor": (0.4, 0.4)}),
    ("RandomGaussianBlur", {"factor": (1.0, 1.0), "kernel_size": (3, 5), "sigma": (0.8, 0.8)}),
    ("AutoContrast", {}),
    ("Rescaling", {"scale": 0.1, "offset": -3.0}),
    ("Resizing", {"height": 7, "width": 20}),
    ("Resizing", {"height": 7, "width": 9, "antialias": True, "interpolation": "bicubic"}),
    ("Resizing", {"height": 7, "width": 20, "interpolation": "nearest"}),
    ("Resizing", {"height": 8, "width": 8, "crop_to_aspect_ratio": True}),
    ("Resizing", {"height": 8, "width": 8, "pad_to_aspect_ratio": True, "fill_value": 3.0}),
    ("CenterCrop", {"height": 5, "width": 7}),
    ("CenterCrop", {"height": 20, "width": 7}),
]


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=lambda x: str(x).replace(" ", ""))
def test_numbers(name, arguments):
    ours, theirs = (getattr(k.layers, name)(**arguments) for k in (_Ours, keras))
    if name == "Rescaling":
        found, expected = ours(IMAGES), theirs(IMAGES)
    else:
        found, expected = ours(IMAGES, training=True), theirs(IMAGES, training=True)
    expected = keras.ops.convert_to_numpy(expected)
    # Of values up to 255; Keras rounds other places to halves.
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-4, atol=1e-3)


class _Ours:
    layers = layers


@pytest.mark.parametrize("bins", [256, 32])
def test_equalization(bins):
    """Image by image, since Keras takes one histogram for a whole batch."""
    found = ops.convert_to_numpy(layers.Equalization(bins=bins)(IMAGES))
    for image, result in zip(IMAGES, found, strict=True):
        expected = keras.layers.Equalization(bins=bins)(image)
        apart = np.abs(result - np.asarray(expected))
        assert apart.max() < 1.01 and np.mean(apart > 1e-3) < 0.01  # halves round to either side


def test_solarization():
    numbers = [np.full((2, 1, 1, 1), x, "float32") for x in (20.0, 100.0)]
    keys = ("additions", "thresholds")
    expected = keras.layers.Solarization().transform_images(
        IMAGES, dict(zip(keys, numbers, strict=True)), training=True
    )
    ours = layers.Solarization().transform_images(IMAGES, {"amounts": numbers})
    np.testing.assert_allclose(ops.convert_to_numpy(ours), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("contrast", [0.8, 1.2])
def test_contrast(contrast):
    layer = keras.layers.RandomContrast(0.5)
    factor = np.full((2, 1, 1, 1), contrast, "float32")
    expected = layer.transform_images(IMAGES, {"contrast_factor": factor}, training=True)
    ours = layers.RandomContrast(0.5).transform_images(IMAGES, {"amounts": factor})
    np.testing.assert_allclose(ops.convert_to_numpy(ours), expected, rtol=1e-4, atol=1e-3)


def test_hue():
    """The angle is fixed, but its side is drawn: each image is one of the two."""
    arguments = {"factor": (0.4, 0.4)}
    sides = [
        ops.convert_to_numpy(
            layers.RandomHue(**arguments).transform_images(
                IMAGES, {"amounts": np.full((2, 1, 1), side, "float32")}
            )
        )
        for side in (0.2, -0.2)
    ]
    found = ops.convert_to_numpy(layers.RandomHue(**arguments)(IMAGES))
    expected = keras.ops.convert_to_numpy(keras.layers.RandomHue(**arguments)(IMAGES))
    for image in range(2):
        for result in (found, expected):
            assert min(np.abs(result[image] - side[image]).max() for side in sides) < 1e-2


@pytest.mark.parametrize("grid", [(8, 8), (5, 3), (1, 1)])
@pytest.mark.parametrize("limit", [4.0, 40.0])
def test_contrast_limited_equalization(grid, limit):
    """As Keras on JAX and TensorFlow; on PyTorch it rounds the limit down, and fills up by the edge."""
    images, arguments = np.floor(IMAGES), {"clip_limit": limit, "tile_grid_size": grid}
    ours, theirs = (
        k.ContrastLimitedAdaptiveHistogramEqualization(**arguments)(images)
        for k in (layers, keras.layers)
    )
    expected = keras.ops.convert_to_numpy(theirs)
    np.testing.assert_allclose(ops.convert_to_numpy(ours), expected, rtol=1e-4, atol=1e-3)
