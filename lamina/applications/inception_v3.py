"""Inception-v3: convolutions of several sizes beside each other (Szegedy et al. 2015, "Rethinking")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network, plain
from lamina.applications.imagenet_utils import (
    as_tensorflow,
    decode_predictions as decode_predictions,
)
from lamina.models import Model

# A branch is a row of convolutions: filters, height and width of the kernel, and, if it halves the image, 2.
# "avg" and "max" are pools over 3 x 3 places; a branch without filters halves the image by its pool.
_MIXED = (  # figures 5, 10, 6 and 7 of the paper, from the front to the end
    *[
        (((64, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)), ("avg", (width, 1)))
        for width in (32, 64, 64)
    ],
    (((384, 3, 2),), ((64, 1), (96, 3), (96, 3, 2)), ("max",)),
    *[
        (
            ((192, 1),),
            ((width, 1), (width, (1, 7)), (192, (7, 1))),
            ((width, 1), *[(width, (7, 1)), (width, (1, 7)), (width, (7, 1))], (192, (1, 7))),
            ("avg", (192, 1)),
        )
        for width in (128, 160, 160, 192)
    ],
    (
        ((192, 1), (320, 3, 2)),
        ((192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2)),
        ("max",),
    ),
)


@plain
def _inception_v3(blocks: tuple[tuple, ...], frame: Frame) -> Model:
    """a network of branching convolutions for images of 299 x 299, prepared by
    `inception_v3.preprocess_input` (Szegedy et al. 2015).
    """
    images = frame.start(299, 75)
    x = stem(images)
    for number, block in enumerate(blocks):
        x = mixed(x, block, f"mixed{number}")
    for number in range(2):
        x = _widest(x, number)
    file = "inception_v3_weights_tf_dim_ordering_tf_kernels" + frame.suffix("_notop")
    return frame.model(images, ended(frame, x), "inception_v3", file)


def _widest(x: Any, number: int) -> Any:
    """Fork two of the branches once more (figure 7)."""
    forks = []
    first = branch(x, ((320, 1),))
    for row, name in ((((384, 1),), f"mixed9_{number}"), (((448, 1), (384, 3)), None)):
        y = branch(x, row)
        ends = [branch(y, ((384, size),)) for size in ((1, 3), (3, 1))]
        forks.append(layers.Concatenate(channel_axis(), name=name)(ends))
    pooled = branch(x, ("avg", (192, 1)))
    return layers.Concatenate(channel_axis(), name=f"mixed{9 + number}")([first, *forks, pooled])


# What Inception-ResNet has, too.


def stem(x: Any) -> Any:
    """Convolve and pool images of 299 x 299 to 35 x 35."""
    x = convolution(x, 32, 3, 2, "valid")
    x = convolution(convolution(x, 32, 3, padding="valid"), 64, 3)
    x = layers.MaxPooling2D(3, 2)(x)
    x = convolution(convolution(x, 80, 1, padding="valid"), 192, 3, padding="valid")
    return layers.MaxPooling2D(3, 2)(x)


def mixed(x: Any, block: tuple, name: str) -> Any:
    """Join the channels of a block's branches."""
    return layers.Concatenate(channel_axis(), name=name)([branch(x, row) for row in block])


def branch(x: Any, row: tuple) -> Any:
    """Apply a row of pools and convolutions."""
    for step in row:
        if step == "max":
            x = layers.MaxPooling2D(3, 2)(x)
        elif step == "avg":
            x = layers.AveragePooling2D(3, 1, padding="same")(x)
        else:
            filters, size, *halved = step
            strides, padding = (2, "valid") if halved else (1, "same")
            x = convolution(x, filters, size, strides, padding)
    return x


def convolution(
    x: Any,
    filters: int,
    size: Any,
    strides: int = 1,
    padding: str = "same",
    name: str | None = None,
) -> Any:
    """Convolve, normalize and activate."""
    x = layers.Conv2D(filters, size, strides, padding, use_bias=False, name=name)(x)
    x = layers.BatchNormalization(channel_axis(), scale=False, name=name and f"{name}_bn")(x)
    return layers.Activation("relu", name=name and f"{name}_ac")(x)


def ended(frame: Frame, x: Any) -> Any:
    """Put the head on, or pool in layers without names of their own."""
    return frame.headed(x) if frame.include_top else frame.pooled(x, None, None)


preprocess_input = as_tensorflow
InceptionV3 = network(_inception_v3, "InceptionV3", "inception_v3", _MIXED)
