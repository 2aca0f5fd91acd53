"""The formulas of shapes: see `formulas.py`. `tests/layers/test_known_shapes.py` compares each with evaluation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from lamina import activations
from lamina.layers import windows
from lamina.layers.activation.activation import Activation
from lamina.layers.activation.rectifiers import ReLU
from lamina.layers.conv.conv import Conv2D
from lamina.layers.conv.depthwise import DepthwiseConv2D
from lamina.layers.conv.separable import SeparableConv2D
from lamina.layers.core.dense import Dense
from lamina.layers.core.scales import LayerScale
from lamina.layers.formulas import Shape, formulas, merging_formulas
from lamina.layers.merging.concatenate import Concatenate
from lamina.layers.merging.elementwise import Add, Multiply
from lamina.layers.norm.batch_normalization import BatchNormalization
from lamina.layers.norm.layer_normalization import LayerNormalization
from lamina.layers.pooling.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from lamina.layers.pooling.pooling import AveragePooling2D, MaxPooling2D
from lamina.layers.preprocessing.features.normalization import Normalization
from lamina.layers.preprocessing.rescaling import Rescaling
from lamina.layers.regularization.dropout import Dropout
from lamina.layers.reshaping.flatten import Flatten
from lamina.layers.reshaping.zero_padding import ZeroPadding2D


def _same(_: Any, shape: Shape) -> Shape:
    return shape


# All activations but `glu` work element by element, or along an axis. Other ops, `ops.sum` say, are evaluated.
_KEEPING = {f for f in vars(activations).values() if isinstance(f, FunctionType)} - {
    activations.glu
}


def _keeps_shape(activation: Any) -> bool:
    return isinstance(activation, FunctionType) and activation in _KEEPING


def _activated(layer: Any, shape: Shape) -> Shape | None:
    return shape if shape and _keeps_shape(layer.activation) else None


def _convolved(layer: Any, shape: Shape) -> Shape | None:
    if not _keeps_shape(layer.activation):
        return None
    return _slid(layer, shape, layer.kernel_size, layer.dilation_rate, layer.filters)


def _by_channel(layer: Any, shape: Shape) -> Shape | None:
    channels = shape[1 if layer.data_format == "channels_first" else -1]
    if channels is None or not _keeps_shape(layer.activation):
        return None
    filters = channels * layer.depth_multiplier
    return _slid(layer, shape, layer.kernel_size, layer.dilation_rate, filters)


def _pooled(layer: Any, shape: Shape) -> Shape | None:
    return _slid(layer, shape, layer.pool_size, (1, 1))


def _slid(
    layer: Any,
    shape: Shape,
    size: Sequence[int],
    dilation: Sequence[int],
    filters: int | None = None,
) -> Shape | None:
    """Slide windows over space: `None` if none fits in."""
    if len(shape) != 4 or layer.padding not in ("valid", "same"):
        return None
    slid = list(shape)
    for i, axis in enumerate(windows.space_axes(layer)):
        length, strides = shape[axis], layer.strides[i]
        if length is None:
            continue
        covered = dilation[i] * (size[i] - 1) if layer.padding == "valid" else 0
        slid[axis] = (length - covered - 1) // strides + 1
        if length <= covered:
            return None
    if filters is not None:
        slid[1 if layer.data_format == "channels_first" else -1] = filters
    return tuple(slid)


def _padded(layer: Any, shape: Shape) -> Shape:
    around = layer.on_space(layer.pairs(layer.padding), (0, 0))
    lengths = zip(shape, around, strict=True)
    return tuple(None if n is None else n + before + after for n, (before, after) in lengths)


def _merged(_: Any, shapes: list[Shape]) -> Shape | None:
    """Batch sizes are equal, sizes along other axes equal or 1: whether others fit is for evaluation to tell."""
    if len({len(shape) for shape in shapes}) > 1:
        return None
    by_axis = enumerate(map(set, zip(*shapes, strict=True)))
    along = [sizes - {1} or {1} if axis else sizes for axis, sizes in by_axis]
    return tuple(size for (size,) in along) if all(len(sizes) == 1 for sizes in along) else None


def _rescaled(layer: Any, shape: Shape) -> Shape | None:
    plain = isinstance(layer.scale, (int, float)) and isinstance(layer.offset, (int, float))
    return shape if plain else None


def _joined(layer: Any, shapes: list[Shape]) -> Shape | None:
    """Sizes along the axis add up; the others must be known to be equal."""
    axis, first = layer.axis, shapes[0]
    if {*map(len, shapes)} != {len(first)} or not -len(first) <= axis < len(first):
        return None
    axis %= len(first)
    rests = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    sizes = [shape[axis] for shape in shapes if shape[axis] is not None]
    if len(rests) > 1 or len(sizes) < len(shapes):
        return None
    return (*first[:axis], sum(sizes), *first[axis + 1 :])


def _averaged(layer: Any, shape: Shape) -> Shape:
    space = windows.space_axes(layer)
    if layer.keepdims:
        return tuple(1 if axis in space else n for axis, n in enumerate(shape))
    return tuple(n for axis, n in enumerate(shape) if axis not in space)


def _flattened(_: Any, shape: Shape) -> Shape | None:
    sizes = shape[1:]
    return (shape[0], math.prod(sizes)) if sizes and None not in sizes else None  # type: ignore[arg-type]


def _dense(layer: Any, shape: Shape) -> Shape | None:
    return (*shape[:-1], layer.units) if _keeps_shape(layer.activation) else None


formulas.update(
    {
        **dict.fromkeys(
            (BatchNormalization, LayerNormalization, LayerScale, Normalization, ReLU, Dropout),
            _same,
        ),
        **dict.fromkeys((Conv2D, SeparableConv2D), _convolved),
        **dict.fromkeys((MaxPooling2D, AveragePooling2D), _pooled),
        **dict.fromkeys((GlobalAveragePooling2D, GlobalMaxPooling2D), _averaged),
        Activation: _activated,
        Dense: _dense,
        Flatten: _flattened,
        Rescaling: _rescaled,
        DepthwiseConv2D: _by_channel,
        ZeroPadding2D: _padded,
    }
)
merging_formulas.update({Add: _merged, Multiply: _merged, Concatenate: _joined})
