"""Images as arrays and back, as Keras does it."""

from __future__ import annotations

import sys

import keras
import numpy as np
import pytest

import lamina
from lamina import utils
from lamina.preprocessing.image import smart_resize

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


@pytest.mark.parametrize("form", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("shape", [(10, 7, 3), (2, 9, 13, 1)])
def test_smart_resize_cuts_as_keras_does(form, interpolation, shape):
    x = RNG.uniform(0, 255, shape).astype("float32")
    if form == "channels_first":
        x = np.moveaxis(x, -1, -3)
    ours, theirs = (
        m.preprocessing.image.smart_resize(x, (5, 4), interpolation, form) for m in (lamina, keras)
    )
    assert isinstance(ours, np.ndarray)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_smart_resize_gives_floats(engine):
    pixels = np.arange(60, dtype="uint8").reshape(4, 5, 3)
    assert smart_resize(pixels, (2, 3)).dtype == np.float32
    tensor = smart_resize(lamina.ops.convert_to_tensor(pixels), (2, 3))
    assert lamina.ops.is_tensor(tensor)
    np.testing.assert_allclose(tensor, smart_resize(pixels, (2, 3)), atol=1e-4)


@pytest.mark.parametrize(
    "call", [utils.load_img, lambda _: utils.array_to_img(np.zeros((2, 2, 1)))]
)
def test_without_pillow_the_extra_is_named(monkeypatch, call):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ImportError, match=r"pip install 'lamina\[image\]'"):
        call("image.png")


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
        (lambda: smart_resize(np.zeros((3, 3)), (2, 2)), r"\(3, 3\)"),
        (lambda: smart_resize(np.zeros((3, 3, 3)), (2, 2, 2)), "size"),
        (lambda: utils.load_img("none.png", color_mode="cmyk"), "color_mode"),
        (lambda: utils.load_img("none.png", interpolation="best"), "bilinear"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
