"""EfficientNet: one network, scaled in width, depth and size of images (Tan and Le 2019, "EfficientNet")."""

from __future__ import annotations

import math
from typing import Any

from lamina import layers
from lamina.applications.framing import (
    Frame,
    channel_axis,
    halving_padding,
    network,
    plain,
    rounded,
)
from lamina.applications.imagenet_utils import (
    as_they_are,
    decode_predictions as decode_predictions,
)
from lamina.initializers import VarianceScaling
from lamina.models import Model

# Of the blocks in a row: size of the kernel, number, filters, factor of expansion, strides of the first (table 1).
_ROWS = (
    *((3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2)),
    *((5, 3, 112, 6, 1), (5, 4, 192, 6, 2), (3, 1, 320, 6, 1)),
)
_SQUEEZED = 0.25  # of a block's input, to weigh its channels
_DEVIATIONS = (0.229, 0.224, 0.225)  # of ImageNet's images
_DROPPED = 0.2  # share of samples that go past the last block while training; of earlier ones less
CONVOLUTION = VarianceScaling(2.0, "fan_out", "truncated_normal")
DENSE = VarianceScaling(1 / 3, "fan_out", "uniform")


@plain
def _efficientnet(scales: tuple[float, float, int, float], frame: Frame) -> Model:
    """an efficient network for images whose channels go from 0 to 255; it scales them itself
    (Tan and Le 2019).
    """
    width, depth, size, dropout = scales
    images = frame.start(size)
    x = layers.Normalization(axis=channel_axis())(layers.Rescaling(1 / 255)(images))
    if frame.pretrained:  # they were trained on images divided twice
        x = layers.Rescaling([1 / math.sqrt(deviation) for deviation in _DEVIATIONS])(x)
    x = layers.ZeroPadding2D(halving_padding(x, 3), name="stem_conv_pad")(x)
    x = convolution(x, rounded(32 * width), 3, "stem_conv", 2, "valid")
    x = activated(x, "stem_bn", "stem_activation")
    counts = [math.ceil(depth * count) for _, count, _, _, _ in _ROWS]
    number = 0
    for row, (kernel, _, filters, expansion, strides) in enumerate(_ROWS):
        for block in range(counts[row]):
            dropped = _DROPPED * number / sum(counts)
            how = (rounded(filters * width), kernel, 1 if block else strides, expansion, dropped)
            x = _block(x, *how, f"block{row + 1}{chr(97 + block)}_")
            number += 1
    x = convolution(x, rounded(1280 * width), 1, "top_conv")
    x = activated(x, "top_bn", "top_activation")
    outputs = frame.headed(x, dropout, kernel_initializer=DENSE)
    file = f"efficientnetb{_SCALES.index(scales)}" + frame.suffix("_notop")
    return frame.model(images, outputs, "efficientnet", file)


def _block(
    x: Any, filters: int, kernel: int, strides: int, expansion: int, dropped: float, name: str
) -> Any:
    """Expand the channels, filter each in space, weigh and project them; add the input if shapes are equal."""
    channels, y, padding = x.shape[channel_axis()], x, "same"
    if expansion > 1:
        y = convolution(y, expansion * channels, 1, f"{name}expand_conv")
        y = activated(y, f"{name}expand_bn", f"{name}expand_activation")
    if strides > 1:
        around = halving_padding(y, kernel)
        y, padding = layers.ZeroPadding2D(around, name=f"{name}dwconv_pad")(y), "valid"
    y = depthwise(y, kernel, strides, padding, f"{name}dwconv")
    y = activated(y, f"{name}bn", f"{name}activation")
    y = weighed(y, max(1, int(channels * _SQUEEZED)), f"{name}se_")
    y = convolution(y, filters, 1, f"{name}project_conv")
    y = activated(y, f"{name}project_bn")
    return added(x, y, strides, dropped, name)


# What EfficientNetV2 has, too.


def convolution(
    x: Any,
    filters: int,
    size: int,
    name: str,
    strides: int = 1,
    padding: str = "same",
    **kwargs: Any,
) -> Any:
    """Convolve, by default without a bias."""
    kwargs = {"use_bias": False, "kernel_initializer": CONVOLUTION, **kwargs}
    return layers.Conv2D(filters, size, strides, padding, name=name, **kwargs)(x)


def depthwise(x: Any, size: int, strides: int, padding: str, name: str) -> Any:
    """Filter each channel in space."""
    return layers.DepthwiseConv2D(
        kernel_size=size,
        strides=strides,
        padding=padding,
        use_bias=False,
        depthwise_initializer=CONVOLUTION,
        name=name,
    )(x)


def activated(x: Any, name: str, activation: str | None = None, momentum: float = 0.99) -> Any:
    """Normalize, and activate in a layer of that name."""
    x = layers.BatchNormalization(channel_axis(), momentum, name=name)(x)
    return layers.Activation("swish", name=activation)(x) if activation else x


def weighed(x: Any, filters: int, name: str) -> Any:
    """Weigh each channel by what its average, among the others', says (Hu et al. 2017)."""
    channels = x.shape[channel_axis()]
    shape = (1, 1, channels) if channel_axis() == 3 else (channels, 1, 1)
    y = layers.GlobalAveragePooling2D(name=f"{name}squeeze")(x)
    y = layers.Reshape(shape, name=f"{name}reshape")(y)
    y = convolution(y, filters, 1, f"{name}reduce", use_bias=True, activation="swish")
    y = convolution(y, channels, 1, f"{name}expand", use_bias=True, activation="sigmoid")
    return layers.Multiply(name=f"{name}excite")([x, y])


def added(x: Any, y: Any, strides: int, dropped: float, name: str) -> Any:
    """Add a block's input to its output where their shapes are equal; while training, drop some outputs."""
    if strides > 1 or x.shape[channel_axis()] != y.shape[channel_axis()]:
        return y
    if dropped:
        y = layers.Dropout(dropped, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(y)
    return layers.Add(name=f"{name}add")([y, x])


# Factors of width and depth, size of images, and dropout before the classes.
_SCALES = (
    *((1.0, 1.0, 224, 0.2), (1.0, 1.1, 240, 0.2), (1.1, 1.2, 260, 0.3), (1.2, 1.4, 300, 0.3)),
    *((1.4, 1.8, 380, 0.4), (1.6, 2.2, 456, 0.4), (1.8, 2.6, 528, 0.5), (2.0, 3.1, 600, 0.5)),
)
preprocess_input = as_they_are
EfficientNetB0 = network(_efficientnet, "EfficientNetB0", "efficientnetb0", _SCALES[0])
EfficientNetB1 = network(_efficientnet, "EfficientNetB1", "efficientnetb1", _SCALES[1])
EfficientNetB2 = network(_efficientnet, "EfficientNetB2", "efficientnetb2", _SCALES[2])
EfficientNetB3 = network(_efficientnet, "EfficientNetB3", "efficientnetb3", _SCALES[3])
EfficientNetB4 = network(_efficientnet, "EfficientNetB4", "efficientnetb4", _SCALES[4])
EfficientNetB5 = network(_efficientnet, "EfficientNetB5", "efficientnetb5", _SCALES[5])
EfficientNetB6 = network(_efficientnet, "EfficientNetB6", "efficientnetb6", _SCALES[6])
EfficientNetB7 = network(_efficientnet, "EfficientNetB7", "efficientnetb7", _SCALES[7])
