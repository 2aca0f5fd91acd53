"""ResNet V2: normalized and activated before each convolution (He et al. 2016, "Identity mappings")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network, plain
from lamina.applications.imagenet_utils import (
    as_tensorflow,
    decode_predictions as decode_predictions,
)
from lamina.models import Model


@plain
def _resnet_v2(blocks: tuple[int, ...], frame: Frame) -> Model:
    """a residual network with activations before convolutions, for images of 224 x 224 prepared by
    `resnet_v2.preprocess_input` (He et al. 2016).
    """
    images = frame.start()
    x = layers.ZeroPadding2D(3, name="conv1_pad")(images)
    x = layers.Conv2D(64, 7, 2, name="conv1_conv")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1_pool")(x)
    for stage, count in enumerate(blocks):
        for block in range(1, count + 1):
            strides = 2 if block == count and stage < len(blocks) - 1 else 1
            x = _block(x, 64 << stage, strides, block == 1, f"conv{stage + 2}_block{block}_")
    x = _activated(x, "post_")
    file = f"resnet{3 * sum(blocks) + 2}v2_weights_tf_dim_ordering_tf_kernels"
    return frame.model(images, frame.headed(x), "resnet", file + frame.suffix("_notop"))


def _block(x: Any, filters: int, strides: int, projected: bool, name: str) -> Any:
    """Add 1x1, 3x3 and 1x1 convolutions to the input, its projection, or every second place of it."""
    y = _activated(x, f"{name}preact_")
    if projected:
        x = layers.Conv2D(4 * filters, 1, strides, name=f"{name}0_conv")(y)
    elif strides > 1:
        x = layers.MaxPooling2D(1, strides)(x)
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}1_conv")(y)
    y = layers.ZeroPadding2D(1, name=f"{name}2_pad")(_activated(y, f"{name}1_"))
    y = layers.Conv2D(filters, 3, strides, use_bias=False, name=f"{name}2_conv")(y)
    y = layers.Conv2D(4 * filters, 1, name=f"{name}3_conv")(_activated(y, f"{name}2_"))
    return layers.Add(name=f"{name}out")([x, y])


def _activated(x: Any, name: str) -> Any:
    x = layers.BatchNormalization(channel_axis(), epsilon=1.001e-5, name=f"{name}bn")(x)
    return layers.Activation("relu", name=f"{name}relu")(x)


preprocess_input = as_tensorflow
ResNet50V2 = network(_resnet_v2, "ResNet50V2", "resnet50v2", (3, 4, 6, 3))
ResNet101V2 = network(_resnet_v2, "ResNet101V2", "resnet101v2", (3, 4, 23, 3))
ResNet152V2 = network(_resnet_v2, "ResNet152V2", "resnet152v2", (3, 8, 36, 3))
