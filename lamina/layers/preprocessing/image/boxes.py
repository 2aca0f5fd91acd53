"""Bounding boxes: their formats, and what is computed with them. All of `utils.bounding_boxes`.

Boxes are arrays `(..., 4)`, or dicts `{"boxes": (batch, boxes, 4), "labels": (batch, boxes)}`. Labels
of -1 stand for no box.

| format | the four numbers |
|---|---|
| `xyxy`, `yxyx` | left, top, right, bottom; the same with y before x |
| `xywh` | left, top, width, height |
| `center_xywh`, `center_yxhw` | the middle, width and height; the same with y before x |
| `rel_xyxy`, `rel_yxyx`, `rel_xywh`, `rel_center_xywh` | the same as shares of the image's width and height |
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.core.choices import one_of

FORMATS = (
    "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw",
    "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh",
)  # fmt: skip
_Y_FIRST = ("yxyx", "center_yxhw")
_TINY = 1e-7


def _columns(x: Any) -> list[Any]:
    return [x[..., i] for i in range(4)]


def _corners(name: str, x: Any) -> list[Any]:
    """Return left, top, right and bottom of boxes of an absolute format."""
    a, b, c, d = _columns(x)
    if name in _Y_FIRST:
        a, b, c, d = b, a, d, c
    if name.startswith("center"):
        return [a - c / 2, b - d / 2, a + c / 2, b + d / 2]
    return [a, b, a + c, b + d] if name.endswith("wh") else [a, b, c, d]


def _of_corners(name: str, corners: Sequence[Any]) -> Any:
    left, top, right, bottom = corners
    if name.startswith("center"):
        a, b, c, d = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    elif name.endswith("wh"):
        a, b, c, d = left, top, right - left, bottom - top
    else:
        a, b, c, d = left, top, right, bottom
    return ops.stack([b, a, d, c] if name in _Y_FIRST else [a, b, c, d], axis=-1)


def _on_boxes(boxes: Any, change: Callable[[Any], Any]) -> Any:
    return {**boxes, "boxes": change(boxes["boxes"])} if isinstance(boxes, dict) else change(boxes)


def convert_format(
    boxes: Any,
    source: str,
    target: str,
    height: Any = None,
    width: Any = None,
    dtype: Any = "float32",
) -> Any:
    """Write boxes in another format.

    Args:
        boxes: `(..., 4)`, or a dict with `"boxes"`.
        source, target: one of the formats above.
        height, width: of the image, in pixels; needed between relative and absolute formats.
        dtype: of the result.

    Raises:
        ValueError: a format is unknown, a size is missing, or the last axis has not 4 entries.

    Example:
        >>> convert_format(np.array([[10.0, 20.0, 40.0, 60.0]]), "xyxy", "xywh").tolist()
        [[10.0, 20.0, 30.0, 40.0]]
    """
    for name, value in (("source", source), ("target", target)):
        one_of("bounding_boxes.convert_format", name, value, FORMATS)
    relative = [name.startswith("rel_") for name in (source, target)]
    if relative[0] != relative[1] and (height is None or width is None):
        raise ValueError(
            f"bounding_boxes.convert_format: from {source!r} to {target!r} the image's `height` and `width` are "
            f"needed, but height={height!r} and width={width!r}."
        )

    def convert(x: Any) -> Any:
        x = ops.cast(ops.convert_to_tensor(x), dtype)
        if x.shape[-1] != 4:
            raise ValueError(
                f"bounding_boxes.convert_format: boxes must have 4 numbers each, not shape {tuple(x.shape)}."
            )
        corners = _corners(source.removeprefix("rel_"), x)
        if relative[0] != relative[1]:
            factors = [ops.cast(n, dtype) for n in (width, height)] * 2
            scale = ops.multiply if relative[0] else ops.divide
            corners = [scale(x, n) for x, n in zip(corners, factors, strict=True)]
        return _of_corners(target.removeprefix("rel_"), corners)

    return _on_boxes(boxes, convert)


def _areas(corners: Sequence[Any]) -> Any:
    left, top, right, bottom = corners
    return ops.maximum(right - left, 0.0) * ops.maximum(bottom - top, 0.0)


def _overlap(one: Sequence[Any], other: Sequence[Any]) -> tuple[Any, Any]:
    """Return the areas of intersection and union."""
    limits = [ops.maximum(a, b) for a, b in zip(one[:2], other[:2], strict=True)]
    limits += [ops.minimum(a, b) for a, b in zip(one[2:], other[2:], strict=True)]
    common = _areas(limits)
    return common, _areas(one) + _areas(other) - common


def _in_pixels(boxes: Any, name: str, image_shape: Any) -> list[Any]:
    height, width = (None, None) if image_shape is None else image_shape[:2]
    return _columns(convert_format(boxes, name, "xyxy", height, width))


def compute_iou(
    boxes1: Any,
    boxes2: Any,
    bounding_box_format: str,
    use_masking: bool = False,
    mask_val: float = -1,
    image_shape: Any = None,
) -> Any:
    """Compute the intersection over union of each box of `boxes1` with each of `boxes2`.

    Shapes: `(m, 4)` and `(n, 4)` give `(m, n)`; either may have a batch axis before.

    Args:
        use_masking: boxes of negative numbers stand for none; their entries become `mask_val`.
        image_shape: `(height, width, channels)` of the image, for relative formats.

    Raises:
        ValueError: the format is unknown, or a size is missing.

    Example:
        >>> boxes = np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0]])
        >>> compute_iou(boxes, boxes, "xyxy")[0].tolist()
        [1.0, 0.3333333432674408]
    """
    relative = bounding_box_format.startswith("rel_")
    size = (1.0, 1.0) if relative and image_shape is None else image_shape
    one, other = (_in_pixels(x, bounding_box_format, size) for x in (boxes1, boxes2))
    one = [x[..., :, None] for x in one]
    other = [x[..., None, :] for x in other]
    common, union = _overlap(one, other)
    iou = ops.where(union > 0, common / ops.where(union > 0, union, 1.0), 0.0)
    if use_masking:
        none = ops.logical_or(ops.maximum(*one[:2]) < 0, ops.maximum(*other[:2]) < 0)
        iou = ops.where(none, float(mask_val), iou)
    return iou


def compute_ciou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None
) -> Any:
    """Compute the complete IoU of each box of `boxes1` with that of the same place in `boxes2`.

    Shapes: both `(..., 4)`; the result `(...)`. Besides the overlap it minds how far the middles lie
    apart, and how alike the shapes are.

    Raises:
        ValueError: the format is unknown, or a size is missing.

    Example:
        >>> box = np.array([[0.0, 0.0, 2.0, 2.0]])
        >>> round(float(compute_ciou(box, box, "xyxy")[0]), 4)
        1.0

    Source: Zheng et al. 2020, "Distance-IoU loss", section 3.2.
    """
    one, other = (_in_pixels(x, bounding_box_format, image_shape) for x in (boxes1, boxes2))
    common, union = _overlap(one, other)
    iou = common / (union + _TINY)
    (width, height), (other_width, other_height) = (
        (x[2] - x[0], x[3] - x[1] + _TINY) for x in (one, other)
    )
    enclosing = [
        ops.maximum(one[i], other[i]) - ops.minimum(one[i - 2], other[i - 2]) for i in (2, 3)
    ]
    diagonal = ops.square(enclosing[0]) + ops.square(enclosing[1]) + _TINY
    apart = ops.square(one[0] + one[2] - other[0] - other[2])
    apart = (apart + ops.square(one[1] + one[3] - other[1] - other[3])) / 4
    angles = ops.arctan(other_width / other_height) - ops.arctan(width / height)
    unlike = 4 / math.pi**2 * ops.square(angles)
    return iou - apart / diagonal - unlike * unlike / (1 - iou + unlike + _TINY)


_ENCODINGS = ("center_xywh", "center_yxhw")


def encode_box_to_deltas(
    anchors: Any,
    boxes: Any,
    anchor_format: str,
    box_format: str,
    encoding_format: str = "center_yxhw",
    variance: Sequence[float] | None = None,
    image_shape: Any = None,
) -> Any:
    """Write boxes relative to anchors: where the middle lies in units of the anchor, and log ratios of sizes.

    Shapes: anchors `(boxes, 4)`, boxes `(boxes, 4)` or `(batch, boxes, 4)`, as the result.

    Args:
        encoding_format: `"center_xywh"` or `"center_yxhw"`.
        variance: four numbers by which the result is divided.
        image_shape: `(height, width, channels)` of the image, for relative formats.

    Raises:
        ValueError: a format is unknown, a size is missing, or `variance` has not four numbers.

    Source: Ren et al. 2015, "Faster R-CNN", equation 2.
    """
    one_of("bounding_boxes.encode_box_to_deltas", "encoding_format", encoding_format, _ENCODINGS)
    height, width = (None, None) if image_shape is None else image_shape[:2]
    around = _columns(convert_format(anchors, anchor_format, encoding_format, height, width))
    box = _columns(convert_format(boxes, box_format, encoding_format, height, width))
    deltas = [(box[i] - around[i]) / around[i + 2] for i in (0, 1)]
    deltas += [ops.log(ops.maximum(box[i], _TINY) / around[i]) for i in (2, 3)]
    return ops.divide(ops.stack(deltas, axis=-1), _variance("encode_box_to_deltas", variance))


def decode_deltas_to_boxes(
    anchors: Any,
    boxes_delta: Any,
    anchor_format: str,
    box_format: str,
    encoded_format: str = "center_yxhw",
    variance: Sequence[float] | None = None,
    image_shape: Any = None,
) -> Any:
    """Return the boxes that `encode_box_to_deltas` wrote relative to anchors.

    `boxes_delta`, and `anchors` with it, may be a dict of such arrays, one for each level.

    Raises:
        ValueError: as `encode_box_to_deltas`.

    Example:
        >>> anchor, box = np.array([[0.0, 0.0, 4.0, 4.0]]), np.array([[1.0, 1.0, 3.0, 5.0]])
        >>> deltas = encode_box_to_deltas(anchor, box, "xyxy", "xyxy")
        >>> ops.round(decode_deltas_to_boxes(anchor, deltas, "xyxy", "xyxy"), 4).tolist()
        [[1.0, 1.0, 3.0, 5.0]]
    """
    one_of("bounding_boxes.decode_deltas_to_boxes", "encoded_format", encoded_format, _ENCODINGS)
    if isinstance(anchors, dict):
        options = (anchor_format, box_format, encoded_format, variance, image_shape)
        return {
            level: decode_deltas_to_boxes(anchors[level], x, *options)
            for level, x in boxes_delta.items()
        }
    height, width = (None, None) if image_shape is None else image_shape[:2]
    around = _columns(convert_format(anchors, anchor_format, encoded_format, height, width))
    delta = ops.multiply(
        ops.cast(boxes_delta, "float32"), _variance("decode_deltas_to_boxes", variance)
    )
    delta = _columns(delta)
    box = [delta[i] * around[i + 2] + around[i] for i in (0, 1)]
    box += [ops.exp(delta[i]) * around[i] for i in (2, 3)]
    return convert_format(ops.stack(box, axis=-1), encoded_format, box_format, height, width)


def _variance(name: str, variance: Any) -> Any:
    numbers = np.ones(4) if variance is None else np.asarray(variance)
    if numbers.shape != (4,):
        raise ValueError(
            f"bounding_boxes.{name}: `variance` must be four numbers, not {variance!r}."
        )
    return numbers.astype("float32")


def clip_to_image_size(
    bounding_boxes: Any, height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> Any:
    """Cut boxes at the borders of the image. Boxes that are left without area get the label -1.

    Args:
        bounding_boxes: a dict of `"boxes"` and `"labels"`.
        height, width: of the image in pixels; not needed for relative formats.

    Raises:
        ValueError: the format is unknown, or a size is missing.

    Example:
        >>> boxes = {"boxes": np.array([[[-5.0, 0.0, 5.0, 20.0]]]), "labels": np.array([[1]])}
        >>> clip_to_image_size(boxes, 10, 10)["boxes"].tolist()
        [[[0.0, 0.0, 5.0, 10.0]]]
    """
    relative = bounding_box_format.startswith("rel_")
    if not relative and (height is None or width is None):
        raise ValueError(
            f"bounding_boxes.clip_to_image_size: the format {bounding_box_format!r} needs the image's `height` and "
            "`width`."
        )
    high, wide = (1.0, 1.0) if relative else (ops.cast(n, "float32") for n in (height, width))
    within = "rel_xyxy" if relative else "xyxy"
    boxes = convert_format(bounding_boxes["boxes"], bounding_box_format, within)
    left, top, right, bottom = _columns(boxes)
    corners = [ops.minimum(ops.maximum(x, 0.0), wide) for x in (left, right)]
    corners += [ops.minimum(ops.maximum(y, 0.0), high) for y in (top, bottom)]
    corners = [corners[i] for i in (0, 2, 1, 3)]
    boxes = convert_format(ops.stack(corners, axis=-1), within, bounding_box_format)
    labels = ops.convert_to_tensor(bounding_boxes["labels"])
    kept = ops.where(_areas(corners) > 0, labels, ops.cast(-1, labels.dtype))
    return {**bounding_boxes, "boxes": boxes, "labels": kept}


def _moved(
    name: str, boxes: Any, by: tuple[Any, Any], bounding_box_format: str, size: Any = None
) -> Any:
    one_of(f"bounding_boxes.{name}", "bounding_box_format", bounding_box_format, FORMATS[:5])
    x, y = (ops.cast(n, "float32") for n in by)

    def move(boxes: Any) -> Any:
        left, top, right, bottom = _columns(convert_format(boxes, bounding_box_format, "xyxy"))
        corners = [left + x, top + y, right + x, bottom + y]
        if size is not None:
            ends = [ops.cast(n, "float32") for n in size] * 2
            corners = [
                ops.minimum(ops.maximum(c, 0.0), end) for c, end in zip(corners, ends, strict=True)
            ]
        return convert_format(ops.stack(corners, axis=-1), "xyxy", bounding_box_format)

    return _on_boxes(boxes, move)


def crop(
    boxes: Any, top: Any, left: Any, height: Any, width: Any, bounding_box_format: str = "xyxy"
) -> Any:
    """Return boxes as they lie in the part of the image that begins at `(top, left)`, cut at its borders.

    Raises:
        ValueError: the format is none of the absolute ones.

    Example:
        >>> crop(np.array([[10.0, 20.0, 40.0, 60.0]]), 5, 10, 30, 40).tolist()
        [[0.0, 15.0, 30.0, 30.0]]
    """
    return _moved("crop", boxes, (-left, -top), bounding_box_format, (width, height))


def pad(
    boxes: Any,
    top: Any,
    left: Any,
    height: Any = None,
    width: Any = None,
    bounding_box_format: str = "xyxy",
) -> Any:
    """Return boxes as they lie in an image that got `top` rows above and `left` columns before.

    Raises:
        ValueError: the format is none of the absolute ones.

    Example:
        >>> pad(np.array([[10.0, 20.0, 40.0, 60.0]]), 5, 10).tolist()
        [[20.0, 25.0, 50.0, 65.0]]
    """
    return _moved("pad", boxes, (left, top), bounding_box_format)


def affine_transform(
    boxes: Any,
    angle: Any,
    translate_x: Any,
    translate_y: Any,
    scale: Any,
    shear_x: Any,
    shear_y: Any,
    height: Any,
    width: Any,
    center_x: Any = None,
    center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Any:
    """Shift, shear, turn and scale boxes about a centre; the result are the upright boxes around them.

    Shapes: boxes `(batch, boxes, 4)`; angle, shifts, scale and shears `(batch,)` or numbers.

    Args:
        angle: in degrees, counter-clockwise.
        translate_x, translate_y: shares of `width - 1` and `height - 1`.
        shear_x, shear_y: in degrees.
        height, width: of the image, in pixels.
        center_x, center_y: shares of `width - 1` and `height - 1`; by default the middle.

    Raises:
        ValueError: the format is unknown.

    Example:
        >>> box = np.array([[[10.0, 20.0, 40.0, 60.0]]])
        >>> ops.round(affine_transform(box, 90.0, 0, 0, 1, 0, 0, height=80, width=100)).tolist()
        [[[30.0, 49.0, 70.0, 79.0]]]
    """
    turn, x, y, scale, lean, rise = (
        ops.reshape(ops.cast(v, "float32"), (-1,))
        for v in (angle, translate_x, translate_y, scale, shear_x, shear_y)
    )
    turn, lean, rise = (v * (math.pi / 180) for v in (turn, lean, rise))
    wide, high = (ops.cast(n, "float32") - 1 for n in (width, height))
    middle = [
        (0.5 if share is None else share) * n for share, n in ((center_x, wide), (center_y, high))
    ]
    along, across = ops.cos(turn - rise) / ops.cos(rise), ops.sin(turn - rise) / ops.cos(rise)
    rows = [
        [across * ops.tan(lean) + ops.cos(turn), along * ops.tan(lean) + ops.sin(turn)],
        [-across, along],
    ]
    moves = [x * wide - middle[0], y * high - middle[1]]
    none = 0 * (turn + x + y + scale + lean + rise)
    matrix: list[Any] = []
    for (a, b), start in zip(rows, middle, strict=True):
        matrix += [scale * a, scale * b, scale * (a * moves[0] + b * moves[1]) + start]
    transform = ops.stack([v + none for v in [*matrix, 0.0, 0.0, 1.0]], axis=-1)

    def change(boxes: Any) -> Any:
        corners = convert_format(boxes, bounding_box_format, "xyxy", height, width)
        return convert_format(
            mapped(corners, transform), "xyxy", bounding_box_format, height, width
        )

    return _on_boxes(boxes, change)


def mapped(corners: Any, transform: Any) -> Any:
    """Return the upright boxes around boxes that a map of the plane moves.

    Args:
        corners: `(batch, boxes, 4)`, in the format `xyxy`.
        transform: the map as nine numbers `(batch or 1, 9)`: rows of its matrix, x before y.
    """
    left, top, right, bottom = _columns(corners)
    x = ops.stack([left, right, left, right], axis=-1)
    y = ops.stack([top, top, bottom, bottom], axis=-1)
    m = [transform[:, i][:, None, None] for i in range(9)]
    depth = m[6] * x + m[7] * y + m[8]
    across, down = ((m[i] * x + m[i + 1] * y + m[i + 2]) / depth for i in (0, 3))
    limits = [ops.min(across, axis=-1), ops.min(down, axis=-1)]
    return ops.stack([*limits, ops.max(across, axis=-1), ops.max(down, axis=-1)], axis=-1)
