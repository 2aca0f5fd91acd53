"""MobileNet: depthwise convolutions for small devices (Howard et al. 2017, "MobileNets")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network, usual_side
from lamina.applications.imagenet_utils import (
    as_tensorflow,
    decode_predictions as decode_predictions,
)
from lamina.models import Model

# Of each block: filters of its pointwise convolution, and strides of its depthwise one.
_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)),
)
_ALPHAS = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}  # with weights of ImageNet


def _mobilenet(
    blocks: tuple[tuple[int, int], ...],
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 0.001,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """a network of depthwise and pointwise convolutions for images of 224 x 224 (or 192, 160, 128),
    prepared by `mobilenet.preprocess_input` (Howard et al. 2017).

    Args:
        alpha: factor for the number of filters; weights of ImageNet are for 0.25, 0.5, 0.75 and 1.
        depth_multiplier: number of filters of the depthwise convolutions for each channel.
        dropout: rate before the classes.
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
    side = usual_side(frame, (128, 160, 192, 224))
    frame.check_pretrained("alpha", alpha, _ALPHAS)
    frame.check_pretrained("depth_multiplier", depth_multiplier, (1,))
    images = frame.start(side)
    frame.name = name or f"mobilenet_{alpha:0.2f}_{frame.side}"
    x = layers.Conv2D(int(32 * alpha), 3, 2, padding="same", use_bias=False, name="conv1")(images)
    x = _activated(x, "conv1")
    for number, (filters, strides) in enumerate(blocks, 1):
        x = _block(x, int(filters * alpha), strides, depth_multiplier, number)
    if include_top:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = layers.Reshape((classes,), name="reshape_2")(x)
        x = layers.Activation(classifier_activation, name="predictions")(x)
    else:
        x = frame.pooled(x, None, None)
    file = f"mobilenet_{_ALPHAS.get(alpha)}_{side}_tf" + frame.suffix("_no_top")
    return frame.model(images, x, "mobilenet", file)


def _block(x: Any, filters: int, strides: int, multiplier: int, number: int) -> Any:
    padding = "same"
    if strides > 1:
        x, padding = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x), "valid"
    name = f"conv_dw_{number}"
    x = layers.DepthwiseConv2D(
        kernel_size=3,
        strides=strides,
        padding=padding,
        depth_multiplier=multiplier,
        use_bias=False,
        name=name,
    )(x)
    x = _activated(x, name)
    name = f"conv_pw_{number}"
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=name)(x)
    return _activated(x, name)


def _activated(x: Any, name: str) -> Any:
    x = layers.BatchNormalization(channel_axis(-1), name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


preprocess_input = as_tensorflow
MobileNet = network(_mobilenet, "MobileNet", None, _BLOCKS)
