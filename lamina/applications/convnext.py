"""ConvNeXt: a residual network with what vision transformers taught (Liu et al. 2022, "A ConvNet")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, network
from lamina.applications.imagenet_utils import (
    as_they_are,
    decode_predictions as decode_predictions,
)
from lamina.layers.core.scales import LayerScale
from lamina.models import Model, Sequential


def _convnext(
    table: tuple[str, tuple[int, ...], tuple[int, ...]],
    include_top: bool = True,
    include_preprocessing: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """a modern convolutional network for images of 224 x 224, channels from 0 to 255 (Liu et al. 2022).

    Args:
        include_preprocessing: whether the network standardizes the channels itself.
    """
    size, blocks, filters = table
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
    images = x = frame.start()
    if include_preprocessing and x.shape[channel_axis(-1)] == 3:
        x = _standardized(x, f"{name}_prestem_normalization")
    stem = [
        layers.Conv2D(filters[0], 4, 4, name=f"{name}_stem_conv"),
        _norm(f"{name}_stem_layernorm"),
    ]
    x = Sequential(stem, name=f"{name}_stem")(x)
    for stage, (count, width) in enumerate(zip(blocks, filters, strict=True)):
        if stage:
            down = [
                _norm(f"{name}_downsampling_layernorm_{stage - 1}"),
                layers.Conv2D(width, 2, 2, name=f"{name}_downsampling_conv_{stage - 1}"),
            ]
            x = Sequential(down, name=f"{name}_downsampling_block_{stage - 1}")(x)
        for block in range(count):
            x = _block(x, width, f"{name}_stage_{stage}_block_{block}_")
    if include_top:
        x = layers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
        x = frame.classified(_norm(f"{name}_head_layernorm")(x), f"{name}_head_dense")
    else:
        x = _norm(None)(frame.pooled(x, None, None))
    return frame.model(images, x, "convnext", f"convnext_{size}" + frame.suffix("_notop"))


def _block(x: Any, filters: int, name: str) -> Any:
    """Filter each channel in space, mix the channels, and add the scaled result to the input."""
    y = layers.Conv2D(filters, 7, padding="same", groups=filters, name=f"{name}depthwise_conv")(x)
    y = _norm(f"{name}layernorm")(y)
    y = layers.Dense(4 * filters, name=f"{name}pointwise_conv_1")(y)
    y = layers.Activation("gelu", name=f"{name}gelu")(y)
    y = layers.Dense(filters, name=f"{name}pointwise_conv_2")(y)
    y = LayerScale(1e-6, filters, name=f"{name}layer_scale")(y)
    y = layers.Activation("linear", name=f"{name}identity")(y)
    return x + y


def _standardized(x: Any, name: str) -> Any:
    means = [255 * mean for mean in (0.485, 0.456, 0.406)]  # of ImageNet's images
    variances = [(255 * deviation) ** 2 for deviation in (0.229, 0.224, 0.225)]
    return layers.Normalization(mean=means, variance=variances, name=name)(x)


def _norm(name: str | None) -> layers.LayerNormalization:
    return layers.LayerNormalization(epsilon=1e-6, name=name)


preprocess_input = as_they_are
# Blocks of each stage, and their filters.
ConvNeXtTiny = network(
    _convnext, "ConvNeXtTiny", "convnext_tiny", ("tiny", (3, 3, 9, 3), (96, 192, 384, 768))
)
ConvNeXtSmall = network(
    _convnext, "ConvNeXtSmall", "convnext_small", ("small", (3, 3, 27, 3), (96, 192, 384, 768))
)
ConvNeXtBase = network(
    _convnext, "ConvNeXtBase", "convnext_base", ("base", (3, 3, 27, 3), (128, 256, 512, 1024))
)
ConvNeXtLarge = network(
    _convnext, "ConvNeXtLarge", "convnext_large", ("large", (3, 3, 27, 3), (192, 384, 768, 1536))
)
ConvNeXtXLarge = network(
    _convnext,
    "ConvNeXtXLarge",
    "convnext_xlarge",
    ("xlarge", (3, 3, 27, 3), (256, 512, 1024, 2048)),
)
