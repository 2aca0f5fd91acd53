"""Arguments that do not fit are refused where Keras refuses them, and told why."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import lamina
from lamina import applications, layers

REFUSED = {
    "no such file": ("VGG16", {"weights": "nofile.h5"}, r"there is no file 'nofile.h5'"),
    "not a path": ("VGG16", {"weights": 3}, r"must be None, 'imagenet' or a path, not 3"),
    "other classes": (
        "ResNet50",
        {"classes": 10},
        r"for 1000 classes, not classes=10.*include_top",
    ),
    "other size": ("ResNet50", {"input_shape": (100, 100, 3)}, r"images of \(224, 224, 3\)"),
    "grey images": (
        "ResNet50",
        {"input_shape": (100, 100, 1), "include_top": False},
        r"for 3 channels, but `input_shape` is \(100, 100, 1\)",
    ),
    "other activation": (
        "ResNet50",
        {"classifier_activation": "relu"},
        r"must be 'softmax', or None for logits, not 'relu'",
    ),
    "too small": (
        "InceptionV3",
        {"weights": None, "include_top": False, "input_shape": (74, 80, 3)},
        r"must be 75x75 or larger.*\(74, 80, 3\)",
    ),
    "no channels": ("DenseNet121", {"weights": None, "input_shape": (64, 64)}, r"got \(64, 64\)"),
    "unknown size": (
        "Xception",
        {"weights": None, "input_shape": (None, None, 3)},
        r"height and width of `input_shape` must be known",
    ),
    "values": (
        "VGG16",
        {"weights": None, "input_tensor": np.zeros((1, 64, 64, 3), "float32")},
        r"`input_tensor` must be symbolic.*not ndarray",
    ),
    "no pool": (
        "VGG16",
        {"weights": None, "include_top": False, "pooling": "mean"},
        r"`pooling` must be one of \(None, 'avg', 'max'\), not 'mean'",
    ),
    "MobileNet's widths": (
        "MobileNet",
        {"alpha": 0.3},
        r"`alpha` of \(0.25, 0.5, 0.75, 1.0\) only",
    ),
    "MobileNet's depths": ("MobileNet", {"depth_multiplier": 2}, r"`depth_multiplier` of \(1,\)"),
    "MobileNetV2's widths": ("MobileNetV2", {"alpha": 0.3}, r"`alpha` of \(0.35, 0.5.*not 0.3"),
    "MobileNetV3's widths": (
        "MobileNetV3Small",
        {"alpha": 0.75, "minimalistic": True},
        r"`alpha` of \(1.0,\) only, not 0.75",
    ),
    "no classes": ("ResNet50", {"weights": None, "classes": 0}, r"units"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(case):
    title, arguments, message = REFUSED[case]
    with lamina.config.using_backend("numpy"), pytest.raises(ValueError, match=message):
        getattr(applications, title)(**arguments)


def test_a_misspelt_argument_names_the_function():
    with pytest.raises(TypeError, match="ResNet50: got an unexpected keyword argument 'weight'"):
        applications.ResNet50(weight=None)


def test_functions_have_names_and_signatures_of_their_own():
    function = applications.ResNet101
    assert function.__name__ == "ResNet101" and "Build ResNet101" in inspect.getdoc(function)
    assert inspect.signature(function).parameters["name"].default == "resnet101"
    assert "blocks" not in inspect.signature(function).parameters


def test_a_network_may_begin_at_a_tensor():
    images = lamina.Input((40, 40, 3))
    x = layers.Rescaling(2.0)(images)
    arguments = {"weights": None, "alpha": 0.25, "include_top": False, "pooling": "avg"}
    model = applications.MobileNet(input_tensor=x, **arguments)
    assert model.inputs[0] is images
    assert [type(layer).__name__ for layer in model.layers[:3]] == [
        "InputLayer",
        "Rescaling",
        "Conv2D",
    ]


def test_channels_may_come_first():
    lamina.config.set_image_data_format("channels_first")
    try:
        model = applications.EfficientNetB0(weights=None, input_shape=(3, 32, 48), classes=5)
    finally:
        lamina.config.set_image_data_format("channels_last")
    assert model.get_layer("block1a_project_bn").output.shape == (None, 16, 16, 24)
    assert model.output_shape == (None, 5)


def test_a_model_is_saved_and_loaded(tmp_path):
    with lamina.config.using_backend("numpy"):
        model = applications.ConvNeXtTiny(
            weights=None, include_top=False, pooling="avg", input_shape=(32, 32, 3)
        )
        model.save(tmp_path / "model.keras")
        again = lamina.models.load_model(tmp_path / "model.keras")
        images = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype("float32")
        np.testing.assert_array_equal(
            model.predict(images, verbose=0), again.predict(images, verbose=0)
        )
