"""ResNet: blocks that learn what to add to their input (He et al. 2015, "Deep residual learning")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network, plain
from lamina.applications.imagenet_utils import (
    as_caffe,
    decode_predictions as decode_predictions,
)
from lamina.models import Model


@plain
def _resnet(blocks: tuple[int, ...], frame: Frame) -> Model:
    """a residual network for images of 224 x 224, prepared by `resnet.preprocess_input` (He et al. 2015)."""
    images = frame.start()
    x = layers.ZeroPadding2D(3, name="conv1_pad")(images)
    x = _convolved(x, 64, 7, 2, "conv1", "conv1_relu", padding="valid")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1_pool")(x)
    for stage, count in enumerate(blocks):
        for block in range(count):
            strides = 2 if stage and not block else 1
            x = _block(x, 64 << stage, strides, not block, f"conv{stage + 2}_block{block + 1}")
    file = f"resnet{3 * sum(blocks) + 2}_weights_tf_dim_ordering_tf_kernels"
    return frame.model(images, frame.headed(x), "resnet", file + frame.suffix("_notop"))


def _block(x: Any, filters: int, strides: int, projected: bool, name: str) -> Any:
    """Add 1x1, 3x3 and 1x1 convolutions to the input, or to a projection of it."""
    beside = x
    if projected:
        beside = _convolved(x, 4 * filters, 1, strides, f"{name}_0", padding="valid")
    x = _convolved(x, filters, 1, strides, f"{name}_1", f"{name}_1_relu", padding="valid")
    x = _convolved(x, filters, 3, 1, f"{name}_2", f"{name}_2_relu")
    x = _convolved(x, 4 * filters, 1, 1, f"{name}_3", padding="valid")
    x = layers.Add(name=f"{name}_add")([beside, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _convolved(
    x: Any,
    filters: int,
    size: int,
    strides: int,
    name: str,
    relu: str | None = None,
    padding: str = "same",
) -> Any:
    x = layers.Conv2D(filters, size, strides, padding, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(channel_axis(), epsilon=1.001e-5, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=relu)(x) if relu else x


preprocess_input = as_caffe
ResNet50 = network(_resnet, "ResNet50", "resnet50", (3, 4, 6, 3))
ResNet101 = network(_resnet, "ResNet101", "resnet101", (3, 4, 23, 3))
ResNet152 = network(_resnet, "ResNet152", "resnet152", (3, 8, 36, 3))
