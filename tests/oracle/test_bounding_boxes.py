"""`utils.bounding_boxes` beside Keras."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest

from lamina import ops
from lamina.utils import bounding_boxes

FORMATS = ["xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw"]
FORMATS += ["rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"]
SIZE = {"height": 80, "width": 100}


def draw(boxes=5, seed=0):
    """Boxes `(2, boxes, 4)`, format xyxy, that reach beyond an image of 80 x 100 pixels."""
    rng = np.random.default_rng(seed)
    corners, sizes = rng.uniform(-20, 80, (2, boxes, 2)), rng.uniform(1, 40, (2, boxes, 2))
    return np.concatenate([corners, corners + sizes], -1).astype("float32")


def same(ours, theirs):
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(theirs), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(("source", "target"), [*itertools.product(FORMATS, FORMATS)])
def test_formats(source, target):
    boxes = draw() / (100 if source.startswith("rel") else 1)
    ours, theirs = (
        b.convert_format(boxes, source, target, **SIZE)
        for b in (bounding_boxes, keras.utils.bounding_boxes)
    )
    same(ours, theirs)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("batched", [False, True])
def test_iou(masked, batched):
    one, other = draw(), draw(4, 1)
    other[:, 1] = -1
    if not batched:
        one, other = one[0], other[0]
    ours, theirs = (
        b.compute_iou(np.abs(one), other, "xyxy", use_masking=masked)
        for b in (bounding_boxes, keras.utils.bounding_boxes)
    )
    same(ours, theirs)


def test_ciou():
    one, other = draw(), draw(seed=1)
    same(
        *(b.compute_ciou(one, other, "xyxy") for b in (bounding_boxes, keras.utils.bounding_boxes))
    )


@pytest.mark.parametrize("variance", [None, [0.1, 0.1, 0.2, 0.2]])
@pytest.mark.parametrize("form", ["center_xywh", "center_yxhw"])
def test_deltas(form, variance):
    anchors, boxes = draw()[0], draw(seed=1)
    both = (bounding_boxes, keras.utils.bounding_boxes)
    ours, theirs = (
        b.encode_box_to_deltas(anchors, boxes, "xyxy", "xyxy", form, variance) for b in both
    )
    same(ours, theirs)
    ours = bounding_boxes.decode_deltas_to_boxes(anchors, ours, "xyxy", "xywh", form, variance)
    same(ours, keras.utils.bounding_boxes.convert_format(boxes, "xyxy", "xywh"))


@pytest.mark.parametrize("form", ["xyxy", "rel_xyxy"])
def test_clipping(form):
    boxes = bounding_boxes.convert_format(draw(20), "xyxy", form, **SIZE)
    boxes = {"boxes": np.asarray(ops.convert_to_numpy(boxes)), "labels": np.ones((2, 20), "int32")}
    ours, theirs = (
        b.clip_to_image_size(boxes, bounding_box_format=form, **SIZE)
        for b in (bounding_boxes, keras.utils.bounding_boxes)
    )
    same(ours["boxes"], theirs["boxes"])
    same(ours["labels"], theirs["labels"])


def test_cropping_and_padding():
    for name, arguments in (("crop", (5, 10, 30, 40)), ("pad", (5, 10))):
        ours, theirs = (
            getattr(b, name)(draw(), *arguments)
            for b in (bounding_boxes, keras.utils.bounding_boxes)
        )
        same(ours, theirs)


@pytest.mark.parametrize("form", ["xyxy"])
@pytest.mark.parametrize("center", [{}, {"center_x": 0.2, "center_y": 0.7}])
def test_affine_maps(center, form):
    rng = np.random.default_rng(0)
    numbers = [rng.uniform(low, high, 2).astype("float32") for low, high in RANGES]
    boxes = bounding_boxes.convert_format(draw(), "xyxy", form, **SIZE)
    boxes = np.asarray(ops.convert_to_numpy(boxes))
    ours, theirs = (
        b.affine_transform(boxes, *numbers, **SIZE, **center, bounding_box_format=form)
        for b in (bounding_boxes, keras.utils.bounding_boxes)
    )
    same(ours, theirs)


RANGES = [(-180, 180), (-1, 1), (-1, 1), (0.5, 2), (-20, 20), (-20, 20)]
