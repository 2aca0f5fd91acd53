"""Images as arrays and back, as Keras does it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina
from lamina import utils

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("scale", [False, True])
def test_pixels_are_those_of_keras(channels, first, scale):
    form = "channels_first" if first else "channels_last"
    x = RNG.uniform(0, 200, (channels, 5, 7) if first else (5, 7, channels))
    ours, theirs = (m.utils.array_to_img(x, form, scale) for m in (lamina, keras))
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(
        utils.img_to_array(ours, form), keras.utils.img_to_array(theirs, form)
    )


@pytest.mark.parametrize("mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("keep", [False, True])
def test_files_are_read_as_by_keras(tmp_path, mode, keep):
    path = tmp_path / "image.png"
    utils.save_img(path, RNG.random((9, 6, 3)))
    ours, theirs = (
        f(path, mode, (5, 4), "bilinear", keep) for f in (utils.load_img, keras.utils.load_img)
    )
    np.testing.assert_array_equal(ours, theirs)


def test_jpeg_files_have_no_transparency(tmp_path):
    utils.save_img(tmp_path / "image.jpg", np.ones((4, 4, 4)))
    assert utils.load_img(tmp_path / "image.jpg").mode == "RGB"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: utils.array_to_img(np.zeros((2, 3, 2))), r"1, 3 or 4 channels.*\(2, 3, 2\)"),
        (lambda: utils.array_to_img(np.zeros((2, 3))), r"shape \(2, 3\)"),
        (lambda: utils.array_to_img(np.zeros((2, 3, 1)), "first"), "data_format"),
        (lambda: utils.img_to_array(np.zeros(2)), "two or three axes"),
        (lambda: utils.load_img("none.png", color_mode="cmyk"), "color_mode"),
        (lambda: utils.load_img("none.png", interpolation="best"), "bilinear"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
