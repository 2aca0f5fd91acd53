"""Images are scaled, and classes named, as Keras does it."""

from __future__ import annotations

import hashlib
import importlib
import json

import numpy as np
import pytest

import lamina
from lamina import applications
from lamina.applications import imagenet_utils
from tests.datasets.server import home as home, site as site

IMAGES = np.arange(24, dtype="float32").reshape(1, 2, 4, 3) * 10
# First pixel of `IMAGES`, (0, 10, 20), in three ways.
CAFFE = (20 - 103.939, 10 - 116.779, 0 - 123.68)
TENSORFLOW = (-1.0, 10 / 127.5 - 1, 20 / 127.5 - 1)
TORCH = (-0.485 / 0.229, (10 / 255 - 0.456) / 0.224, (20 / 255 - 0.406) / 0.225)
AS_IT_IS = (0.0, 10.0, 20.0)
FAMILIES = {
    **dict.fromkeys(("resnet", "resnet50", "vgg16", "vgg19"), CAFFE),
    **dict.fromkeys(("inception_resnet_v2", "inception_v3", "mobilenet"), TENSORFLOW),
    **dict.fromkeys(("mobilenet_v2", "nasnet", "resnet_v2", "xception"), TENSORFLOW),
    **dict.fromkeys(("convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3"), AS_IT_IS),
    "densenet": TORCH,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_scales_in_its_own_way(family):
    module = importlib.import_module(f"lamina.applications.{family}")
    before = IMAGES.copy()
    np.testing.assert_allclose(
        module.preprocess_input(IMAGES)[0, 0, 0], FAMILIES[family], rtol=1e-6
    )
    assert np.array_equal(IMAGES, before)  # Keras works in place
    assert module.decode_predictions is imagenet_utils.decode_predictions


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_channels_may_come_first(mode):
    last = imagenet_utils.preprocess_input(IMAGES, mode=mode)
    first = np.moveaxis(IMAGES, -1, 1)
    first = imagenet_utils.preprocess_input(first, data_format="channels_first", mode=mode)
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), last, rtol=1e-6)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_tensors_whole_numbers_and_graphs_are_scaled_too(mode, engine):
    expected = imagenet_utils.preprocess_input(IMAGES, mode=mode)
    for images in (lamina.ops.array(IMAGES), lamina.ops.array(IMAGES.astype("uint8"))):
        scaled = imagenet_utils.preprocess_input(images, mode=mode)
        np.testing.assert_allclose(
            lamina.ops.convert_to_numpy(scaled), expected, rtol=1e-5, atol=1e-5
        )
    x = lamina.Input((2, 4, 3))
    model = lamina.Model(x, imagenet_utils.preprocess_input(x, mode=mode))
    outputs = lamina.ops.convert_to_numpy(model(IMAGES))
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [{"mode": "keras"}, {"data_format": "channels"}, {"mode": "torch", "data_format": 1}],
)
def test_other_ways_are_refused(arguments):
    with pytest.raises(ValueError, match="must be one of"):
        imagenet_utils.preprocess_input(IMAGES, **arguments)


def test_classes_are_named_by_a_file_that_is_downloaded_once(site, home, monkeypatch):
    names = {str(i): [f"n{i:08}", f"name {i}"] for i in range(1000)}
    content = json.dumps(names).encode()
    address, _ = site.put("imagenet_class_index.json", content)
    monkeypatch.setattr(imagenet_utils, "CLASS_INDEX", address)
    monkeypatch.setattr(imagenet_utils, "_CLASS_INDEX_MD5", hashlib.md5(content).hexdigest())
    predictions = np.zeros((2, 1000), "float32")
    predictions[0, [3, 7]] = 0.25, 0.75
    predictions[1, 999] = 1
    for _ in range(2):
        first, second = applications.resnet.decode_predictions(predictions, top=2)
    assert first == [("n00000007", "name 7", 0.75), ("n00000003", "name 3", 0.25)]
    assert second[0] == ("n00000999", "name 999", 1.0)
    assert site.requests == ["/imagenet_class_index.json"]


@pytest.mark.parametrize("shape", [(2, 10), (1000,), (1, 1000, 1)])
def test_predictions_of_other_networks_are_refused(shape):
    with pytest.raises(ValueError, match=r"must have shape \(samples, 1000\)"):
        applications.vgg16.decode_predictions(np.zeros(shape))
