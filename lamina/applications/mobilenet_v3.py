"""MobileNetV3: blocks found by search, with squeeze and excitation (Howard et al. 2019, "Searching")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, halving_padding, network, rounded
from lamina.applications.imagenet_utils import (
    as_they_are,
    decode_predictions as decode_predictions,
)
from lamina.models import Model

# Of each block: factor of expansion, filters, size of the kernel, strides, whether it squeezes and excites,
# and its activation (tables 1 and 2). Then the features before the classes.
_RELU, _SWISH = "relu", "hard_silu"
_SMALL = (
    "small",
    (
        *((1, 16, 3, 2, True, _RELU), (72 / 16, 24, 3, 2, False, _RELU)),
        *((88 / 24, 24, 3, 1, False, _RELU), (4, 40, 5, 2, True, _SWISH)),
        *((6, 40, 5, 1, True, _SWISH), (6, 40, 5, 1, True, _SWISH), (3, 48, 5, 1, True, _SWISH)),
        *((3, 48, 5, 1, True, _SWISH), (6, 96, 5, 2, True, _SWISH), (6, 96, 5, 1, True, _SWISH)),
        (6, 96, 5, 1, True, _SWISH),
    ),
    1024,
)
_LARGE = (
    "large",
    (
        *((1, 16, 3, 1, False, _RELU), (4, 24, 3, 2, False, _RELU), (3, 24, 3, 1, False, _RELU)),
        *((3, 40, 5, 2, True, _RELU), (3, 40, 5, 1, True, _RELU), (3, 40, 5, 1, True, _RELU)),
        *((6, 80, 3, 2, False, _SWISH), (2.5, 80, 3, 1, False, _SWISH)),
        *((2.3, 80, 3, 1, False, _SWISH), (2.3, 80, 3, 1, False, _SWISH)),
        *((6, 112, 3, 1, True, _SWISH), (6, 112, 3, 1, True, _SWISH)),
        *((6, 160, 5, 2, True, _SWISH), (6, 160, 5, 1, True, _SWISH), (6, 160, 5, 1, True, _SWISH)),
    ),
    1280,
)


def _mobilenet_v3(
    table: tuple[str, tuple[tuple, ...], int],
    input_shape: Any = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str | None = None,
) -> Model:
    """a network found by search for small devices, for images of 224 x 224 and more, channels from 0
    to 255 (Howard et al. 2019).

    Args:
        alpha: factor for the number of filters; weights of ImageNet are for 0.75 and 1.
        minimalistic: leave out what older devices compute slowly: larger kernels, squeezing, `hard_silu`.
        dropout_rate: before the classes.
        include_preprocessing: whether the network scales the images itself; else from -1 to 1.
    """
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
    size, rows, features = table
    frame.check_pretrained("alpha", alpha, (1.0,) if minimalistic else (0.75, 1.0))
    images = x = frame.start(fixed=False, exact=False)
    if include_preprocessing:
        x = layers.Rescaling(1 / 127.5, -1.0)(x)
    swish = _RELU if minimalistic else _SWISH
    x = layers.Conv2D(16, 3, 2, padding="same", use_bias=False, name="conv")(x)
    x = _activated(_normalized(x, "conv_bn"), swish)
    for number, (expansion, filters, kernel, strides, squeezes, activation) in enumerate(rows):
        if minimalistic:
            kernel, squeezes, activation = 3, False, _RELU
        prefix = f"expanded_conv_{number}_" if number else "expanded_conv_"
        filters = rounded(filters * alpha)
        x = _block(x, expansion, filters, kernel, strides, squeezes, activation, prefix)
    x = _pointwise(x, rounded(6 * x.shape[channel_axis(-1)]), "conv_1", use_bias=False)
    x = _activated(_normalized(x, "conv_1_bn"), swish)
    if include_top:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = _pointwise(x, rounded(features * max(alpha, 1.0)), "conv_2")
        x = _activated(x, swish)
        if dropout_rate > 0:
            x = layers.Dropout(dropout_rate)(x)
        x = layers.Flatten()(_pointwise(x, classes, "logits"))
        x = layers.Activation(classifier_activation, name="predictions")(x)
    else:
        x = frame.pooled(x)
    kind = f"{size}_minimalistic" if minimalistic else size
    file = f"weights_mobilenet_v3_{kind}_224_{float(alpha)}_float" + frame.suffix("_no_top_v2")
    return frame.model(images, x, "mobilenet_v3", file)


def _block(
    x: Any,
    expansion: float,
    filters: int,
    kernel: int,
    strides: int,
    squeezes: bool,
    activation: str,
    name: str,
) -> Any:
    """Expand the channels, filter each in space, weigh and project them; add the input if shapes are equal."""
    channels = x.shape[channel_axis(-1)]
    wide, padding = rounded(expansion * channels), "same"
    y = x
    if expansion > 1:
        y = _normalized(_pointwise(y, wide, f"{name}expand", use_bias=False), f"{name}expand_bn")
        y = _activated(y, activation)
    if strides > 1:
        around = halving_padding(y, kernel)
        y, padding = layers.ZeroPadding2D(around, name=f"{name}depthwise_pad")(y), "valid"
    y = layers.DepthwiseConv2D(
        kernel_size=kernel,
        strides=strides,
        padding=padding,
        use_bias=False,
        name=f"{name}depthwise",
    )(y)
    y = _activated(_normalized(y, f"{name}depthwise_bn"), activation)
    if squeezes:
        y = _squeezed_and_excited(y, f"{name}squeeze_excite_")
    y = _normalized(_pointwise(y, filters, f"{name}project", use_bias=False), f"{name}project_bn")
    return layers.Add(name=f"{name}add")([x, y]) if channels == filters and strides == 1 else y


def _squeezed_and_excited(x: Any, name: str) -> Any:
    """Weigh each channel by what its average, among the others', says (Hu et al. 2017)."""
    channels = x.shape[channel_axis(-1)]
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}avg_pool")(x)
    y = layers.ReLU(name=f"{name}relu")(_pointwise(y, rounded(channels / 4), f"{name}conv"))
    y = _pointwise(y, channels, f"{name}conv_1")
    y = layers.ReLU(6.0)(y + 3.0) * (1 / 6)  # a sigmoid of three straight lines
    return layers.Multiply(name=f"{name}mul")([x, y])


def _pointwise(x: Any, filters: int, name: str, use_bias: bool = True) -> Any:
    return layers.Conv2D(filters, 1, padding="same", use_bias=use_bias, name=name)(x)


def _normalized(x: Any, name: str) -> Any:
    return layers.BatchNormalization(channel_axis(-1), momentum=0.999, name=name)(x)


def _activated(x: Any, activation: str) -> Any:
    return layers.ReLU()(x) if activation == _RELU else layers.Activation(activation)(x)


preprocess_input = as_they_are
MobileNetV3Small = network(_mobilenet_v3, "MobileNetV3Small", "MobileNetV3Small", _SMALL)
MobileNetV3Large = network(_mobilenet_v3, "MobileNetV3Large", "MobileNetV3Large", _LARGE)
