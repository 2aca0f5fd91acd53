"""DenseNet: each layer takes all that those before it made (Huang et al. 2016, "Densely connected ...")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network, plain
from lamina.applications.imagenet_utils import (
    as_torch,
    decode_predictions as decode_predictions,
)
from lamina.models import Model


@plain
def _densenet(blocks: tuple[int, ...], frame: Frame) -> Model:
    """a densely connected network for images of 224 x 224, prepared by `densenet.preprocess_input`
    (Huang et al. 2016).
    """
    images = frame.start()
    x = layers.ZeroPadding2D(3)(images)
    x = _convolution(x, 64, 7, "conv1_conv", strides=2)
    x = _activated(x, "conv1_")
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    for stage, count in enumerate(blocks, 2):
        if stage > 2:
            x = _transition(x, f"pool{stage - 1}_")
        for block in range(1, count + 1):
            x = _block(x, f"conv{stage}_block{block}_")
    x = _activated(x, "")
    file = f"densenet{2 * sum(blocks) + 5}_weights_tf_dim_ordering_tf_kernels"
    return frame.model(images, frame.headed(x), "densenet", file + frame.suffix("_notop"))


def _block(x: Any, name: str, growth: int = 32) -> Any:
    """Append `growth` channels made from all that there are."""
    y = _convolution(_activated(x, f"{name}0_"), 4 * growth, 1, f"{name}1_conv")
    y = _convolution(_activated(y, f"{name}1_"), growth, 3, f"{name}2_conv", padding="same")
    return layers.Concatenate(channel_axis(), name=f"{name}concat")([x, y])


def _transition(x: Any, name: str) -> Any:
    """Halve the channels and the size."""
    x = _activated(x, name)
    x = _convolution(x, x.shape[channel_axis()] // 2, 1, f"{name}conv")
    return layers.AveragePooling2D(2, 2, name=f"{name}pool")(x)


def _activated(x: Any, name: str) -> Any:
    x = layers.BatchNormalization(channel_axis(), epsilon=1.001e-5, name=f"{name}bn")(x)
    return layers.Activation("relu", name=f"{name}relu")(x)


def _convolution(x: Any, filters: int, size: int, name: str, **kwargs: Any) -> Any:
    return layers.Conv2D(filters, size, use_bias=False, name=name, **kwargs)(x)


preprocess_input = as_torch
DenseNet121 = network(_densenet, "DenseNet121", "densenet121", (6, 12, 24, 16))
DenseNet169 = network(_densenet, "DenseNet169", "densenet169", (6, 12, 32, 32))
DenseNet201 = network(_densenet, "DenseNet201", "densenet201", (6, 12, 48, 32))
