"""NASNet: cells found by search, put in rows (Zoph et al. 2017, "Learning transferable architectures")."""

from __future__ import annotations

from typing import Any

from lamina import layers
from lamina.applications.framing import Frame, channel_axis, halving_padding, network
from lamina.applications.imagenet_utils import (
    as_tensorflow,
    decode_predictions as decode_predictions,
)
from lamina.models import Model


def _nasnet(
    table: tuple[str, int, int, int, int, bool],
    input_shape: Any = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """a network of cells found by search, for images of 224 x 224 (mobile) or 331 x 331 (large), prepared
    by `nasnet.preprocess_input` (Zoph et al. 2017).
    """
    kind, size, cells, last_filters, stem, skips = table
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
    images = frame.start(size, fixed=True)  # the cells' padding depends on it
    x = _convolution(images, stem, 3, "stem_conv1", strides=2, padding="valid")
    x = _normalized(x, "stem_bn1")
    filters = last_filters // 24  # six branches, and twice twice as many
    x, before = _reduction(x, None, filters // 4, "stem_1")
    x, before = _reduction(x, before, filters // 2, "stem_2")
    for stage in range(3):
        if stage:
            after, reduced = _reduction(x, before, filters << stage, f"reduce_{stage * cells}")
            x, before = after, before if skips else reduced
        for cell in range(cells):
            number = stage * cells + cell + (stage > 0)
            x, before = _normal(x, before, filters << stage, f"{number}")
    x = layers.Activation("relu")(x)
    if include_top:
        x = frame.classified(layers.GlobalAveragePooling2D()(x))
    else:
        x = frame.pooled(x, None, None)
    ends = frame.suffix("_no_top")
    file = f"NASNet-{kind}{ends.replace('_', '-')}=nasnet_{kind}{ends}"
    return frame.model(images, x, "nasnet", file)


def _normal(x: Any, before: Any, filters: int, name: str) -> tuple[Any, Any]:
    """A cell that keeps the size (figure 4): from the outputs of the last two cells, its output and its input."""
    p = _adjusted(before, x, filters, name)
    h = _squeezed(x, filters, f"normal_%s_1_{name}")
    y1 = _separable(h, filters, 5, f"normal_left1_{name}")
    y1 = _sum(f"normal_add_1_{name}", y1, _separable(p, filters, 3, f"normal_right1_{name}"))
    y2 = _separable(p, filters, 5, f"normal_left2_{name}")
    y2 = _sum(f"normal_add_2_{name}", y2, _separable(p, filters, 3, f"normal_right2_{name}"))
    y3 = _sum(f"normal_add_3_{name}", _average(h, f"normal_left3_{name}"), p)
    left, right = _average(p, f"normal_left4_{name}"), _average(p, f"normal_right4_{name}")
    y4 = _sum(f"normal_add_4_{name}", left, right)
    y5 = _sum(f"normal_add_5_{name}", _separable(h, filters, 3, f"normal_left5_{name}"), h)
    joined = layers.Concatenate(channel_axis(-1), name=f"normal_concat_{name}")
    return joined([p, y1, y2, y3, y4, y5]), x


def _reduction(x: Any, before: Any, filters: int, name: str) -> tuple[Any, Any]:
    """A cell that halves the size (figure 4): from the outputs of the last two cells, its output and its input."""
    p = _adjusted(before, x, filters, name)
    h = _squeezed(x, filters, f"reduction_%s_1_{name}")
    padded = layers.ZeroPadding2D(halving_padding(h, 3), name=f"reduction_pad_1_{name}")(h)
    y1 = _separable(h, filters, 5, f"reduction_left1_{name}", 2)
    y1 = _sum(
        f"reduction_add_1_{name}", y1, _separable(p, filters, 7, f"reduction_right1_{name}", 2)
    )
    y2 = layers.MaxPooling2D(3, 2, name=f"reduction_left2_{name}")(padded)
    y2 = _sum(
        f"reduction_add_2_{name}", y2, _separable(p, filters, 7, f"reduction_right2_{name}", 2)
    )
    y3 = layers.AveragePooling2D(3, 2, name=f"reduction_left3_{name}")(padded)
    y3 = _sum(
        f"reduction_add3_{name}", y3, _separable(p, filters, 5, f"reduction_right3_{name}", 2)
    )
    y4 = _sum(None, y2, _average(y1, f"reduction_left4_{name}"))
    y5 = _separable(y1, filters, 3, f"reduction_left4_{name}")
    largest = layers.MaxPooling2D(3, 2, name=f"reduction_right5_{name}")(padded)
    y5 = _sum(f"reduction_add4_{name}", y5, largest)
    joined = layers.Concatenate(channel_axis(-1), name=f"reduction_concat_{name}")
    return joined([y2, y3, y4, y5]), x


def _adjusted(before: Any, x: Any, filters: int, name: str) -> Any:
    """Bring the output of the cell before the last one to the size of `x` and to `filters`."""
    if before is None:
        return x
    if before.shape[2] != x.shape[2]:
        return _halved(before, filters, name)
    if before.shape[channel_axis(-1)] == filters:
        return before
    before = _convolution(
        layers.Activation("relu")(before), filters, 1, f"adjust_conv_projection_{name}"
    )
    return _normalized(before, f"adjust_bn_{name}")


def _halved(x: Any, filters: int, name: str) -> Any:
    """Join every second place of `x` with those below and to the right of them."""
    x = layers.Activation("relu", name=f"adjust_relu_1_{name}")(x)
    first = layers.AveragePooling2D(1, 2, name=f"adjust_avg_pool_1_{name}")(x)
    first = _convolution(first, filters // 2, 1, f"adjust_conv_1_{name}")
    second = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    second = layers.Cropping2D(((1, 0), (1, 0)))(second)
    second = layers.AveragePooling2D(1, 2, name=f"adjust_avg_pool_2_{name}")(second)
    second = _convolution(second, filters // 2, 1, f"adjust_conv_2_{name}")
    x = layers.Concatenate(channel_axis(-1))([first, second])
    return _normalized(x, f"adjust_bn_{name}")


def _squeezed(x: Any, filters: int, name: str) -> Any:
    x = _convolution(layers.Activation("relu")(x), filters, 1, name % "conv")
    return _normalized(x, name % "bn")


def _separable(x: Any, filters: int, size: int, name: str, strides: int = 1) -> Any:
    """Two separable convolutions in a row; the first one may halve the size."""
    x, padding = layers.Activation("relu")(x), "same"
    if strides > 1:
        around = halving_padding(x, size)
        x, padding = layers.ZeroPadding2D(around, name=f"separable_conv_1_pad_{name}")(x), "valid"
    x = layers.SeparableConv2D(
        filters, size, strides, padding, use_bias=False, name=f"separable_conv_1_{name}"
    )(x)
    x = layers.Activation("relu")(_normalized(x, f"separable_conv_1_bn_{name}"))
    x = layers.SeparableConv2D(
        filters, size, padding="same", use_bias=False, name=f"separable_conv_2_{name}"
    )(x)
    return _normalized(x, f"separable_conv_2_bn_{name}")


def _convolution(
    x: Any, filters: int, size: int, name: str, strides: int = 1, padding: str = "same"
) -> Any:
    return layers.Conv2D(
        filters, size, strides, padding, use_bias=False, kernel_initializer="he_normal", name=name
    )(x)


def _normalized(x: Any, name: str) -> Any:
    return layers.BatchNormalization(channel_axis(-1), momentum=0.9997, name=name)(x)


def _average(x: Any, name: str) -> Any:
    return layers.AveragePooling2D(3, 1, padding="same", name=name)(x)


def _sum(name: str | None, *parts: Any) -> Any:
    return layers.Add(name=name)(list(parts))


preprocess_input = as_tensorflow
# Size of images, normal cells in each row, filters at the end and of the stem, and whether the first normal cell
# after a reduction takes what came before the reduction's own inputs.
NASNetMobile = network(
    _nasnet, "NASNetMobile", "nasnet_mobile", ("mobile", 224, 4, 1056, 32, False)
)
NASNetLarge = network(_nasnet, "NASNetLarge", "nasnet_large", ("large", 331, 6, 4032, 96, True))
