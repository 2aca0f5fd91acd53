"""Inception-ResNet-v2: Inception's branches, added to their input (Szegedy et al. 2016, "Inception-v4")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network, plain
from lamina.applications.imagenet_utils import (
    as_tensorflow,
    decode_predictions as decode_predictions,
)
from lamina.applications.inception_v3 import convolution, ended, mixed, stem
from lamina.layers.core.scales import CustomScaleLayer
from lamina.models import Model

# Blocks that join their branches, and then blocks that add them, scaled: their name, number, scale and branches
# (as in `inception_v3`).
_STAGES = (
    (
        ("5b", (((96, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)), ("avg", (64, 1)))),
        ("block35", 10, 0.17, (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3)))),
    ),
    (
        ("6a", (((384, 3, 2),), ((256, 1), (256, 3), (384, 3, 2)), ("max",))),
        ("block17", 20, 0.1, (((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1))))),
    ),
    (
        (
            "7a",
            (
                *(((256, 1), (384, 3, 2)), ((256, 1), (288, 3, 2))),
                *(((256, 1), (288, 3), (320, 3, 2)), ("max",)),
            ),
        ),
        ("block8", 10, 0.2, (((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1))))),
    ),
)


@plain
def _inception_resnet_v2(stages: tuple[tuple, ...], frame: Frame) -> Model:
    """a network of branching convolutions with residuals for images of 299 x 299, prepared by
    `inception_resnet_v2.preprocess_input` (Szegedy et al. 2016).
    """
    images = frame.start(299, 75)
    x = stem(images)
    for (joined, block), (kind, count, scale, branches) in stages:
        x = mixed(x, block, f"mixed_{joined}")
        for number in range(1, count + 1):
            last = joined == "7a" and number == count
            x = _block(x, branches, 1.0 if last else scale, not last, f"{kind}_{number}")
    x = convolution(x, 1536, 1, name="conv_7b")
    file = "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels" + frame.suffix("_notop")
    return frame.model(images, ended(frame, x), "inception_resnet_v2", file)


def _block(x: Any, branches: tuple, scale: float, activated: bool, name: str) -> Any:
    """Add the joined branches, projected and scaled, to the input."""
    y = mixed(x, branches, f"{name}_mixed")
    y = layers.Conv2D(x.shape[channel_axis()], 1, padding="same", name=f"{name}_conv")(y)
    x = CustomScaleLayer(scale)([x, y])
    return layers.Activation("relu", name=f"{name}_ac")(x) if activated else x


preprocess_input = as_tensorflow
InceptionResNetV2 = network(
    _inception_resnet_v2, "InceptionResNetV2", "inception_resnet_v2", _STAGES
)
