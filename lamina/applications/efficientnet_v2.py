"""EfficientNetV2: whole convolutions first, depthwise ones later (Tan and Le 2021, "EfficientNetV2")."""

from __future__ import annotations

import math
from typing import Any

from lamina import layers
from lamina.applications.efficientnet import (
    DENSE,
    activated,
    added,
    convolution,
    depthwise,
    weighed,
)
from lamina.applications.framing import Frame, channel_axis, network, rounded
from lamina.applications.imagenet_utils import (
    as_they_are,
    decode_predictions as decode_predictions,
)
from lamina.models import Model

# Of the blocks in a row: number, filters, factor of expansion, strides of the first, and whether they are fused:
# one whole convolution instead of expansion, depthwise convolution and weighing (table 4). The B's rows are scaled.
_B = (
    *((1, 16, 1, 1, True), (2, 32, 4, 2, True), (2, 48, 4, 2, True)),
    *((3, 96, 4, 2, False), (5, 112, 6, 1, False), (8, 192, 6, 2, False)),
)
_S = (
    *((2, 24, 1, 1, True), (4, 48, 4, 2, True), (4, 64, 4, 2, True)),
    *((6, 128, 4, 2, False), (9, 160, 6, 1, False), (15, 256, 6, 2, False)),
)
_M = (
    *((3, 24, 1, 1, True), (5, 48, 4, 2, True), (5, 80, 4, 2, True), (7, 160, 4, 2, False)),
    *((14, 176, 6, 1, False), (18, 304, 6, 2, False), (5, 512, 6, 1, False)),
)
_L = (
    *((4, 32, 1, 1, True), (7, 64, 4, 2, True), (7, 96, 4, 2, True), (10, 192, 4, 2, False)),
    *((19, 224, 6, 1, False), (25, 384, 6, 2, False), (7, 640, 6, 1, False)),
)
_SQUEEZED = 0.25  # of a block's input, to weigh its channels
_DROPPED = 0.2  # share of samples that go past the last block while training; of earlier ones less
_MEANS, _DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's images


def _efficientnet_v2(
    table: tuple[str, tuple[tuple, ...], int, float, float, int],
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str | None = None,
) -> Model:
    """an efficient network for images whose channels go from 0 to 255 (Tan and Le 2021).

    Args:
        include_preprocessing: whether the network scales the images itself; else from -1 to 1.
    """
    kind, rows, stem, width, depth, size = table
    frame = Frame(
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )
    images = x = frame.start(size)
    if include_preprocessing:
        x = _scaled(x, kind)
    x = convolution(x, _wide(stem * width), 3, "stem_conv", 2)
    x = _activated(x, "stem_bn", "stem_activation")
    blocks = sum(count for count, *_ in rows)  # before scaling, even where it adds some
    number = 0
    for row, (count, filters, expansion, strides, fused) in enumerate(rows):
        for block in range(math.ceil(depth * count)):
            dropped = _DROPPED * number / blocks
            how = (_wide(filters * width), 1 if block else strides, expansion)
            name = f"block{row + 1}{chr(97 + block)}_"
            y = (_fused if fused else _separate)(x, *how, name)
            x = added(x, y, how[1], dropped, name)
            number += 1
    x = convolution(x, _wide(1280 * width), 1, "top_conv")
    x = _activated(x, "top_bn", "top_activation")
    zeros = {"class_name": "Constant", "config": {"value": 0.0}}
    outputs = frame.headed(x, 0.2, kernel_initializer=DENSE, bias_initializer=zeros)
    file = f"efficientnetv2-{kind}" + frame.suffix("_notop")
    return frame.model(images, outputs, "efficientnet_v2", file)


def _scaled(x: Any, kind: str) -> Any:
    if not kind.startswith("b") or x.shape[channel_axis()] != 3:
        return layers.Rescaling(1 / 128, -1)(x)
    variances = [deviation**2 for deviation in _DEVIATIONS]
    x = layers.Rescaling(1 / 255)(x)
    return layers.Normalization(mean=_MEANS, variance=variances, axis=channel_axis())(x)


def _fused(x: Any, filters: int, strides: int, expansion: int, name: str) -> Any:
    if expansion == 1:
        x = convolution(x, filters, 3, f"{name}project_conv", strides)
        return _activated(x, f"{name}project_bn", f"{name}project_activation")
    channels = x.shape[channel_axis()]
    x = convolution(x, expansion * channels, 3, f"{name}expand_conv", strides)
    x = _activated(x, f"{name}expand_bn", f"{name}expand_activation")
    return _activated(convolution(x, filters, 1, f"{name}project_conv"), f"{name}project_bn")


def _separate(x: Any, filters: int, strides: int, expansion: int, name: str) -> Any:
    channels = x.shape[channel_axis()]
    x = convolution(x, expansion * channels, 1, f"{name}expand_conv")
    x = _activated(x, f"{name}expand_bn", f"{name}expand_activation")
    x = depthwise(x, 3, strides, "same", f"{name}dwconv2")
    x = _activated(x, f"{name}bn", f"{name}activation")
    x = weighed(x, max(1, int(channels * _SQUEEZED)), f"{name}se_")
    return _activated(convolution(x, filters, 1, f"{name}project_conv"), f"{name}project_bn")


def _activated(x: Any, name: str, activation: str | None = None) -> Any:
    return activated(x, name, activation, momentum=0.9)


def _wide(filters: float) -> int:
    return rounded(filters, at_least=0)


def _network(kind: str, *table: Any) -> Any:
    title, name = f"EfficientNetV2{kind}", f"efficientnetv2-{kind.lower()}"
    return network(_efficientnet_v2, title, name, (kind.lower(), *table))


preprocess_input = as_they_are
# The rows, filters of the stem, factors of width and depth, size of images.
EfficientNetV2B0 = _network("B0", _B, 32, 1.0, 1.0, 224)
EfficientNetV2B1 = _network("B1", _B, 32, 1.0, 1.1, 240)
EfficientNetV2B2 = _network("B2", _B, 32, 1.1, 1.2, 260)
EfficientNetV2B3 = _network("B3", _B, 32, 1.2, 1.4, 300)
EfficientNetV2S = _network("S", _S, 24, 1.0, 1.0, 384)
EfficientNetV2M = _network("M", _M, 24, 1.0, 1.0, 480)
EfficientNetV2L = _network("L", _L, 32, 1.0, 1.0, 480)
