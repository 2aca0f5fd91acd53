"""Pixels of image files are those that Keras reads, at every size and by every interpolation."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from PIL import Image

import lamina
from lamina import ops
from lamina.loading.resizing import INTERPOLATIONS, resized
from lamina.utils import image_dataset_from_directory

RNG = np.random.default_rng(1)


def read(library, folder, **options):
    (batch,) = library.utils.image_dataset_from_directory(
        folder, labels=None, shuffle=False, verbose=False, **options
    )
    return batch.numpy()


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("size", [(9, 7), (31, 40), (14, 17)])
def test_pixels_are_those_of_keras(pictures, interpolation, size):
    options = {"image_size": size, "interpolation": interpolation}
    ours, theirs = read(lamina, pictures, **options), read(keras, pictures, **options)
    assert ours.dtype == np.float32
    # TensorFlow takes the weights of bicubic interpolation from a table of 1,024 places.
    np.testing.assert_allclose(ours, theirs, atol=0.3 if interpolation == "bicubic" else 1e-2)


@pytest.mark.parametrize("fit", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("size", [(8, 5), (40, 41)])
def test_proportions_are_kept_as_by_keras(pictures, fit, data_format, size):
    options = {fit: True, "data_format": data_format, "image_size": size}
    ours, theirs = read(lamina, pictures, **options), read(keras, pictures, **options)
    np.testing.assert_allclose(ours, theirs, atol=1e-2)


# An opaque black-and-white pixel gets the alpha 1 from TensorFlow, of 255; so that pair is left out.
KINDS = [
    (mode, color_mode)
    for mode in ("L", "LA", "P", "RGB", "RGBA", "I;16", "1")
    for color_mode in ("rgb", "rgba", "grayscale")
    if (mode, color_mode) != ("1", "rgba")
]


@pytest.mark.parametrize(("mode", "color_mode"), KINDS)
def test_every_kind_of_pixels_is_read_as_by_keras(tmp_path, color_mode, mode):
    if mode == "I;16":
        image = Image.fromarray(RNG.integers(0, 1 << 16, (6, 5), dtype="uint16"))
    else:
        image = Image.fromarray(RNG.integers(0, 256, (6, 5, 4), dtype="uint8")).convert(mode)
    image.save(tmp_path / "a.png")
    options = {"image_size": (6, 5), "color_mode": color_mode}
    ours, theirs = read(lamina, tmp_path, **options), read(keras, tmp_path, **options)
    # Gray of colours is rounded in another way.
    np.testing.assert_allclose(ours, theirs, atol=1 if color_mode == "grayscale" else 0)


def test_photographs_are_nearly_those_of_keras(tmp_path):
    smooth = np.linspace(0, 255, 40)[:, None, None] * np.ones((40, 30, 3))
    Image.fromarray(smooth.astype("uint8")).save(tmp_path / "a.jpg", quality=90)
    ours, theirs = (read(library, tmp_path, image_size=(20, 20)) for library in (lamina, keras))
    np.testing.assert_allclose(ours, theirs, atol=3)  # decoders may differ by some levels


@pytest.mark.parametrize(
    "interpolation", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
)
@pytest.mark.parametrize("size", [(5, 4), (20, 33), (11, 13)])
def test_the_numbers_are_those_of_ops(interpolation, size):
    pixels = RNG.uniform(0, 255, (11, 13, 3)).astype("float32")
    expected = ops.image.resize(pixels, size, interpolation)
    np.testing.assert_allclose(resized(pixels, size, interpolation), expected, atol=1e-2)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_a_plain_image_stays_plain(interpolation):
    plain = resized(np.full((9, 7, 2), 100, "uint8"), (4, 15), interpolation)
    np.testing.assert_allclose(plain, 100, rtol=1e-5)


def test_programs_for_keras_find_numpy_at_the_batches(pictures):
    dataset = image_dataset_from_directory(pictures, image_size=(4, 4), verbose=False)
    for images, labels in dataset.take(1):
        assert images[0].numpy().astype("uint8").shape == (4, 4, 3)
        assert dataset.class_names[labels[0]] in ("cat", "Dog", "ape")
        assert type(labels.numpy()) is np.ndarray and int(labels[0].numpy()) in range(4)
