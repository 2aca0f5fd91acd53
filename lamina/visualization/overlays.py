"""Boxes and masks drawn onto images."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.core import optional, settings
from lamina.engine.current import to_host
from lamina.layers.preprocessing.image.boxes import convert_format
from lamina.visualization.pixels import color_of, drawn_over

_FONT = 12  # pixels, for a `font_scale` of 1


def draw_bounding_boxes(
    images: Any,
    bounding_boxes: Any,
    bounding_box_format: str,
    class_mapping: Mapping[int, str] | None = None,
    color: Any = (128, 128, 128),
    line_thickness: int = 2,
    text_thickness: int = 1,
    font_scale: float = 1,
    data_format: str | None = None,
) -> np.ndarray:
    """Draw boxes onto images, with the names of their classes.

    Args:
        images: `(batch, rows, columns, channels)`, from 0 to 255.
        bounding_boxes: a dict: `"boxes"`, `(batch, boxes, 4)`; `"labels"`, `(batch, boxes)`, where -1 stands for
            no box; and perhaps `"confidences"`, `(batch, boxes)`.
        bounding_box_format: of the boxes: see `utils.bounding_boxes.convert_format`.
        class_mapping: number of a class -> its name; without it no text is drawn.
        color: red, green and blue, 0 to 255.
        line_thickness: of the boxes, in pixels.
        text_thickness: of the strokes of the text, in pixels.
        font_scale: of the text: 1 is 12 pixels high.
        data_format: of the images, by default `config.image_data_format()`.

    Returns:
        New images, `uint8`, of the same shape.

    Raises:
        TypeError: `bounding_boxes` is not a dict.
        ValueError: it lacks `"boxes"` or `"labels"`, or shapes or the format do not fit.
        ImportError: Pillow is not installed; it comes with the extras `image` and `plot`.

    Example:
        >>> image = np.zeros((1, 8, 8, 1))
        >>> boxes = {"boxes": [[[1, 1, 6, 6]]], "labels": [[0]]}
        >>> draw_bounding_boxes(image, boxes, "xyxy", color=(255, 255, 255), line_thickness=1)[0, 1, :, 0]
        array([  0, 255, 255, 255, 255, 255, 255,   0], dtype=uint8)
    """
    who = "draw_bounding_boxes"
    optional.load("PIL", "image", who)
    if not isinstance(bounding_boxes, Mapping):
        raise TypeError(
            f"{who}: `bounding_boxes` must be a dict with 'boxes' and 'labels', not {type(bounding_boxes).__name__}."
        )
    if missing := [key for key in ("boxes", "labels") if key not in bounding_boxes]:
        raise ValueError(f"{who}: `bounding_boxes` lacks {missing}.")
    parts = {
        key: np.asarray(to_host(bounding_boxes[key]))
        for key in ("boxes", "labels", "confidences")
        if bounding_boxes.get(key) is not None
    }
    pen = {"fill": color_of(who, color), "width": text_thickness, "line": line_thickness}

    def draw(image: np.ndarray, number: int) -> np.ndarray:
        corners = _corners(parts["boxes"][number], bounding_box_format, image.shape)
        texts = _texts({key: value[number] for key, value in parts.items()}, class_mapping)
        return _with_boxes(image, corners, texts, parts["labels"][number], pen, font_scale)

    _check_shapes(who, np.shape(images), parts)
    return drawn_over(who, images, data_format, draw)


def _check_shapes(who: str, images: tuple[int, ...], parts: dict[str, np.ndarray]) -> None:
    boxes = parts["boxes"].shape
    if len(images) != 4:
        return  # the images are refused in a moment
    if len(boxes) != 3 or boxes[0] != images[0] or boxes[2] != 4:
        raise ValueError(
            f"{who}: 'boxes' must have the shape (batch, boxes, 4) for {images[0]} images, not {boxes}."
        )
    for key in parts.keys() - {"boxes"}:
        if parts[key].shape != boxes[:2]:
            raise ValueError(
                f"{who}: {key!r} must have the shape {boxes[:2]}, one for each box, not {parts[key].shape}."
            )


def _corners(boxes: np.ndarray, source: str, shape: tuple[int, ...]) -> np.ndarray:
    corners = convert_format(boxes, source, "xyxy", height=shape[0], width=shape[1])
    return np.rint(np.asarray(to_host(corners))).astype(int)


def _texts(parts: dict[str, np.ndarray], names: Mapping[int, str] | None) -> list[str]:
    """The text at each box: name of the class and confidence."""
    if names is None:
        return [""] * len(parts["labels"])
    texts = [str(names.get(int(label), int(label))) for label in parts["labels"]]
    if "confidences" in parts:
        texts = [f"{t} {c:.2f}" for t, c in zip(texts, parts["confidences"], strict=True)]
    return texts


def _with_boxes(
    image: np.ndarray,
    corners: np.ndarray,
    texts: list[str],
    labels: np.ndarray,
    pen: dict[str, Any],
    scale: float,
) -> np.ndarray:
    from PIL import Image, ImageDraw, ImageFont

    channels = image.shape[-1]
    picture = Image.fromarray(np.repeat(image, 3, -1) if channels == 1 else image[..., :3])
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(_FONT * scale)
    for (left, top, right, bottom), text, label in zip(corners, texts, labels, strict=True):
        if label == -1:
            continue
        # Written the wrong way round, a box is the same box.
        box = [min(left, right), min(top, bottom), max(left, right), max(top, bottom)]
        draw.rectangle(box, outline=pen["fill"], width=pen["line"])
        if text:
            above = max(0, box[1] - _FONT * scale - pen["line"])
            stroke = max(0, pen["width"] - 1)
            draw.text((box[0], above), text, pen["fill"], font, stroke_width=stroke)
    pixels = np.asarray(picture)
    if channels == 4:
        return np.concatenate([pixels, image[..., 3:]], -1)
    return pixels.mean(-1, keepdims=True).astype("uint8") if channels == 1 else pixels


def draw_segmentation_masks(
    images: Any,
    segmentation_masks: Any,
    num_classes: int | None = None,
    color_mapping: Mapping[int, Any] | None = None,
    alpha: float = 0.8,
    blend: bool = True,
    ignore_index: int = -1,
    data_format: str | None = None,
) -> np.ndarray:
    """Colour the pixels of images by their classes.

    Args:
        images: `(batch, rows, columns, channels)`, from 0 to 255.
        segmentation_masks: whole numbers of classes, `(batch, rows, columns)`, or with one channel more. Class 0 is
            the background, which stays as it is unless `color_mapping` gives it a colour.
        num_classes: numbers from 1 to this one are classes; by default the largest one there is.
        color_mapping: number of a class -> red, green, blue, from 0 to 255; by default colours far from each other.
        alpha: share of the colour, 0 to 1.
        blend: whether the image shines through; without it a class has its plain colour.
        ignore_index: of pixels that stay as they are.
        data_format: of the images, by default `config.image_data_format()`.

    Returns:
        New images, `uint8`, of the same shape; of three channels where there was one.

    Raises:
        TypeError: the masks are not whole numbers.
        ValueError: shapes do not fit, `alpha` is out of range, or a class has no colour.

    Example:
        >>> image, mask = np.zeros((1, 1, 3, 3)), np.array([[[0, 1, 1]]])
        >>> draw_segmentation_masks(image, mask, color_mapping={1: (200, 0, 0)}, alpha=0.5)[0, 0].tolist()
        [[0, 0, 0], [100, 0, 0], [100, 0, 0]]
    """
    who = "draw_segmentation_masks"
    masks = np.asarray(to_host(segmentation_masks))
    if masks.dtype.kind not in "iu":
        raise TypeError(f"{who}: `segmentation_masks` must be whole numbers, not {masks.dtype}.")
    if not 0 <= alpha <= 1:
        raise ValueError(f"{who}: `alpha` must lie between 0 and 1, not {alpha!r}.")
    shape = np.shape(images)
    first = (data_format or settings.image_data_format()) == "channels_first"
    if masks.ndim == 4 and masks.shape[1 if first else -1] == 1:
        masks = masks.squeeze(1 if first else -1)
    colors = _colors(who, masks, num_classes, color_mapping, ignore_index)
    share = alpha if blend else 1.0

    def draw(image: np.ndarray, number: int) -> np.ndarray:
        if masks.ndim != 3 or number >= len(masks) or masks[number].shape != image.shape[:2]:
            raise ValueError(
                f"{who}: `segmentation_masks` must have the shape (batch, rows, columns) of the images, {shape}, "
                f"not {masks.shape}."
            )
        result = np.repeat(image, 3, -1) if image.shape[-1] == 1 else image.copy()
        for label, color in colors.items():
            where = masks[number] == label
            mixed = result[where][..., :3] * (1 - share) + np.array(color) * share
            result[where, :3] = np.rint(mixed)
        return result

    return drawn_over(who, images, data_format, draw)


def _colors(
    who: str,
    masks: np.ndarray,
    num_classes: int | None,
    mapping: Mapping[int, Any] | None,
    ignored: int,
) -> dict[int, tuple[int, int, int]]:
    """The colour of each class that is to be drawn."""
    labels = [int(n) for n in np.unique(masks) if n != ignored and n >= 0]
    if num_classes is not None:
        labels = [n for n in labels if n <= num_classes]
    if mapping is None:
        return {n: palette(n) for n in labels if n}
    if unknown := [n for n in labels if n and n not in mapping]:
        raise ValueError(f"{who}: `color_mapping` has no colours for the classes {unknown}.")
    return {n: color_of(who, mapping[n]) for n in labels if n in mapping}


def palette(number: int) -> tuple[int, int, int]:
    """Return the colour of class `number`, far from those of the numbers near it.

    Each hue lies the golden section of the circle beyond the one before it.
    """
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618034 % 1, 0.75, 0.95)
    return round(red * 255), round(green * 255), round(blue * 255)
