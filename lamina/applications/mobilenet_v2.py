"""MobileNetV2: residuals between narrow layers (Sandler et al. 2018, "MobileNetV2")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import (
    Frame,
    channel_axis,
    halving_padding,
    network,
    rounded,
    usual_side,
)
from lamina.applications.imagenet_utils import (
    as_tensorflow,
    decode_predictions as decode_predictions,
)
from lamina.models import Model

# Of the blocks in a row: factor of expansion, filters, number of blocks, strides of the first (table 2).
_BLOCKS = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)
_ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)  # with weights of ImageNet


def _mobilenet_v2(
    rows: tuple[tuple[int, int, int, int], ...],
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """a network of inverted residuals for images of 224 x 224 (or 192, 160, 128, 96), prepared by
    `mobilenet_v2.preprocess_input` (Sandler et al. 2018).

    Args:
        alpha: factor for the number of filters; weights of ImageNet are for 0.35, 0.5, 0.75, 1, 1.3 and 1.4.
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
    side = usual_side(frame, (96, 128, 160, 192, 224))
    frame.check_pretrained("alpha", alpha, _ALPHAS)
    images = frame.start(side)
    frame.name = name or f"mobilenetv2_{alpha:0.2f}_{frame.side}"
    x = layers.Conv2D(rounded(32 * alpha), 3, 2, padding="same", use_bias=False, name="Conv1")(
        images
    )
    x = _normalized(x, "bn_Conv1", "Conv1_relu")
    number = 0
    for expansion, filters, count, strides in rows:
        for block in range(count):
            prefix = f"block_{number}_" if number else "expanded_conv_"
            x = _block(x, expansion, rounded(filters * alpha), 1 if block else strides, prefix)
            number += 1
    x = layers.Conv2D(rounded(1280 * max(alpha, 1.0)), 1, use_bias=False, name="Conv_1")(x)
    x = _normalized(x, "Conv_1_bn", "out_relu")
    if include_top:
        x = frame.classified(layers.GlobalAveragePooling2D()(x))
    else:
        x = frame.pooled(x, None, None)
    stem = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{side}"
    return frame.model(images, x, "mobilenet_v2", stem + frame.suffix("_no_top"))


def _block(x: Any, expansion: int, filters: int, strides: int, name: str) -> Any:
    """Expand the channels, filter each in space, and project them; add the input if shapes are equal."""
    channels = x.shape[channel_axis(-1)]
    y, padding = x, "same"
    if expansion > 1:
        y = _pointwise(y, expansion * channels, f"{name}expand")
        y = _normalized(y, f"{name}expand_BN", f"{name}expand_relu")
    if strides > 1:
        y, padding = layers.ZeroPadding2D(halving_padding(y, 3), name=f"{name}pad")(y), "valid"
    y = layers.DepthwiseConv2D(
        kernel_size=3, strides=strides, padding=padding, use_bias=False, name=f"{name}depthwise"
    )(y)
    y = _normalized(y, f"{name}depthwise_BN", f"{name}depthwise_relu")
    y = _normalized(_pointwise(y, filters, f"{name}project"), f"{name}project_BN")
    return layers.Add(name=f"{name}add")([x, y]) if channels == filters and strides == 1 else y


def _pointwise(x: Any, filters: int, name: str) -> Any:
    return layers.Conv2D(filters, 1, padding="same", use_bias=False, name=name)(x)


def _normalized(x: Any, name: str, relu: str | None = None) -> Any:
    x = layers.BatchNormalization(channel_axis(-1), momentum=0.999, name=name)(x)
    return layers.ReLU(6.0, name=relu)(x) if relu else x


preprocess_input = as_tensorflow
MobileNetV2 = network(_mobilenet_v2, "MobileNetV2", None, _BLOCKS)
