"""Xception: separable convolutions with residuals (Chollet 2016, "Xception")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network, plain
from lamina.applications.imagenet_utils import (
    as_tensorflow,
    decode_predictions as decode_predictions,
)
from lamina.models import Model

# Of each block: the filters of its separable convolutions, and whether it halves the image.
_BLOCKS = (
    ((128, 128), True),
    ((256, 256), True),
    ((728, 728), True),
    *[((728, 728, 728), False)] * 8,
    ((728, 1024), True),
)


@plain
def _xception(blocks: tuple[tuple[tuple[int, ...], bool], ...], frame: Frame) -> Model:
    """a network of separable convolutions for images of 299 x 299, prepared by
    `xception.preprocess_input` (Chollet 2016).
    """
    images = frame.start(299, 71)
    x = images
    for i, (filters, strides) in enumerate(((32, 2), (64, 1)), 1):
        name = f"block1_conv{i}"
        x = layers.Conv2D(filters, 3, strides, use_bias=False, name=name)(x)
        x = _activated(layers.BatchNormalization(channel_axis(-1), name=f"{name}_bn")(x), name)
    for number, (filters, halves) in enumerate(blocks, 2):
        x = _block(x, filters, halves, f"block{number}", activated=number == 2)
    for i, filters in enumerate((1536, 2048), 1):
        name = f"block14_sepconv{i}"
        x = _activated(_separable(x, filters, name), name)
    file = "xception_weights_tf_dim_ordering_tf_kernels" + frame.suffix("_notop")
    pooled = frame.headed(x) if frame.include_top else frame.pooled(x, None, None)
    return frame.model(images, pooled, "xception", file)


def _block(x: Any, filters: tuple[int, ...], halves: bool, name: str, activated: bool) -> Any:
    """Add separable convolutions to the input, or to a projection of half its size.

    `activated` says that the input comes out of an activation.
    """
    beside = x
    if halves:
        beside = layers.Conv2D(filters[-1], 1, 2, padding="same", use_bias=False)(x)
        beside = layers.BatchNormalization(channel_axis(-1))(beside)
    for i, width in enumerate(filters, 1):
        if i > 1 or not activated:
            x = _activated(x, f"{name}_sepconv{i}")
        x = _separable(x, width, f"{name}_sepconv{i}")
    if halves:
        x = layers.MaxPooling2D(3, 2, padding="same", name=f"{name}_pool")(x)
    return layers.Add()([x, beside])


def _separable(x: Any, filters: int, name: str) -> Any:
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return layers.BatchNormalization(channel_axis(-1), name=f"{name}_bn")(x)


def _activated(x: Any, name: str) -> Any:
    return layers.Activation("relu", name=f"{name}_act")(x)


preprocess_input = as_tensorflow
Xception = network(_xception, "Xception", "xception", _BLOCKS)
