"""Laws of layers that move pixels: the identity, inverses, and boxes that follow pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lamina import layers, ops
from lamina.engine import current
from lamina.layers.preprocessing.image import planes

IMAGES = (np.random.default_rng(0).random((3, 9, 9, 3)) * 255).astype("float32")


@pytest.fixture(autouse=True)
def numpy_engine():
    with current.using("numpy"):
        yield


STILL = [
    layers.RandomRotation(0.0),
    layers.RandomZoom(0.0),
    layers.RandomTranslation(0.0, 0.0),
    layers.RandomShear(0.0, 0.0),
    layers.RandomPerspective(scale=0.0),
    layers.RandomPerspective(0.0),
    layers.RandomElasticTransform(scale=0.0),
    layers.RandomElasticTransform(0.0),
    layers.RandomErasing(0.0),
    layers.RandomBrightness(0.0),
    layers.RandomContrast(0.0),
    layers.RandomHue(0.0),
    layers.RandomSaturation((0.5, 0.5)),
    layers.RandomSharpness((0.5, 0.5)),
    layers.RandomColorDegeneration(0.0),
    layers.RandomGrayscale(0.0),
    layers.RandomInvert(0.0),
    layers.RandomGaussianBlur(0.0),
    layers.CutMix(0.0),
]


@pytest.mark.parametrize("layer", STILL, ids=lambda layer: type(layer).__name__)
def test_nothing_is_changed_by_nothing(layer):
    np.testing.assert_allclose(layer(IMAGES), IMAGES, atol=1e-2)


WARPS = {
    "rotation": lambda part, seed: layers.RandomRotation(part / 2, seed=seed),
    "zoom": lambda part, seed: layers.RandomZoom(part, part, seed=seed),
    "translation": lambda part, seed: layers.RandomTranslation(part, part, seed=seed),
    "shear": lambda part, seed: layers.RandomShear(part, part, seed=seed),
    "perspective": lambda part, seed: layers.RandomPerspective(1.0, scale=part / 4, seed=seed),
    "flip": lambda part, seed: layers.RandomFlip(seed=seed),
}
DRAWN = {
    "name": st.sampled_from(sorted(WARPS)),
    "part": st.floats(0, 0.2),
    "seed": st.integers(0, 2**31 - 1),
}


@settings(max_examples=40, deadline=None)
@given(**DRAWN)
def test_the_inverse_map_undoes_each_warp(name, part, seed):
    smooth = np.add.outer(np.arange(49.0), 2 * np.arange(49.0)).reshape(1, 49, 49, 1)
    with current.using("numpy"):
        layer = WARPS[name](part, seed)
        drawn = layer.get_random_transformation(smooth)
        there = layer.transform_images(smooth, drawn)
        way_back = planes.packed(planes.inverse(layer.plane_of(drawn)))
        back = ops.image.affine_transform(there, way_back[:, :8] / way_back[:, 8:])
    np.testing.assert_allclose(back[:, 20:29, 20:29], smooth[:, 20:29, 20:29], atol=0.5)


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3])
def test_a_quarter_turn_moves_whole_pixels(quarters):
    turned = layers.RandomRotation((quarters / 4, quarters / 4))(IMAGES)
    np.testing.assert_allclose(turned, np.rot90(IMAGES, quarters, (1, 2)), atol=1e-2)


@pytest.mark.parametrize(("mode", "axes"), [("horizontal", [2]), ("vertical", [1])])
def test_a_flip_reverses_some_images_and_is_its_own_inverse(mode, axes):
    many = np.tile(IMAGES[:1], (16, 1, 1, 1))
    once = layers.RandomFlip(mode, seed=1)(many)
    flipped = [np.array_equal(x, np.flip(IMAGES[0], [a - 1 for a in axes])) for x in once]
    kept = [np.array_equal(x, IMAGES[0]) for x in once]
    assert any(flipped) and any(kept) and all(np.logical_xor(flipped, kept))
    np.testing.assert_array_equal(layers.RandomFlip(mode, seed=1)(once), many)


@settings(max_examples=20, deadline=None)
@given(angle=st.floats(-0.4, 0.4))
def test_turning_back_restores_the_middle(angle):
    smooth = np.add.outer(np.arange(33.0), 2 * np.arange(33.0)).reshape(1, 33, 33, 1)
    with current.using("numpy"):
        there = layers.RandomRotation((angle, angle))(smooth.astype("float32"))
        back = layers.RandomRotation((-angle, -angle))(there)
    np.testing.assert_allclose(back[:, 12:21, 12:21], smooth[:, 12:21, 12:21], atol=0.5)


FORMATS = ["xyxy", "rel_xywh", "center_yxhw"]
MOVES = [
    (layers.RandomFlip, {}),
    (layers.RandomZoom, {"height_factor": (-0.3, 0.3), "width_factor": (-0.3, 0.3)}),
    (layers.RandomTranslation, {"height_factor": 0.2, "width_factor": 0.2}),
    (layers.RandomRotation, {"factor": (0.25, 0.25)}),
    (layers.RandomCrop, {"height": 40, "width": 36}),
    (layers.CenterCrop, {"height": 40, "width": 36}),
    (layers.Resizing, {"height": 80, "width": 36}),
    (layers.Resizing, {"height": 40, "width": 60, "crop_to_aspect_ratio": True}),
    (layers.Resizing, {"height": 40, "width": 60, "pad_to_aspect_ratio": True}),
]


def painted(seed):
    """Images 48 x 48 with a white rectangle on black, and its box."""
    rng = np.random.default_rng(seed)
    starts, sizes = rng.integers(16, 22, (4, 2)), rng.integers(6, 12, (4, 2))
    images = np.zeros((4, 48, 48, 1), "float32")
    boxes = np.zeros((4, 1, 4), "float32")
    for i, ((left, top), (width, height)) in enumerate(zip(starts, sizes, strict=True)):
        images[i, top : top + height, left : left + width] = 1
        boxes[i] = [left, top, left + width, top + height]
    return images, boxes


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("layer", "arguments"), MOVES, ids=lambda x: getattr(x, "__name__", ""))
def test_boxes_and_masks_follow_the_pixels(layer, arguments, form):
    from lamina.utils.bounding_boxes import convert_format

    images, boxes = painted(3)
    if "fill_mode" in layer.__init__.__annotations__ or "factor" in str(arguments):
        arguments = {**arguments, "fill_mode": "constant"} if layer is not layers.RandomFlip else {}
    moved = layer(**arguments, bounding_box_format=form)(
        {
            "images": images,
            "segmentation_masks": images.astype("int32"),
            "bounding_boxes": {
                "boxes": convert_format(boxes, "xyxy", form, 48, 48),
                "labels": np.ones((4, 1), "int32"),
            },
        }
    )
    height, width = moved["images"].shape[1:3]
    found = convert_format(moved["bounding_boxes"]["boxes"], form, "xyxy", height, width)
    for part in ("images", "segmentation_masks"):
        for pixels, (left, top, right, bottom) in zip(
            moved[part][..., 0], found[:, 0], strict=True
        ):
            rows, columns = np.nonzero(pixels >= 0.5)
            seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_allclose([left, top, right, bottom], seen, atol=1.01)


@settings(max_examples=40, deadline=None)
@given(**DRAWN)
def test_boxes_follow_the_pixels_whatever_is_drawn(name, part, seed):
    images, corners = painted(seed % 2**16)
    boxes = {"boxes": corners, "labels": np.ones((4, 1), "int32")}
    with current.using("numpy"):
        layer = WARPS[name](part, seed)
        layer.bounding_box_format, layer.fill_mode = "xyxy", "constant"
        moved = layer({"images": images, "bounding_boxes": boxes})
    for pixels, (left, top, right, bottom) in zip(
        moved["images"][..., 0], moved["bounding_boxes"]["boxes"][:, 0], strict=True
    ):
        rows, columns = np.nonzero(pixels >= 0.5)
        assert left - 1.01 <= columns.min() <= columns.max() + 1 <= right + 1.01
        assert top - 1.01 <= rows.min() <= rows.max() + 1 <= bottom + 1.01


def test_padded_boxes_and_those_out_of_sight_have_no_label():
    boxes = {"boxes": np.array([[[0.0, 0.0, 2.0, 2.0]]]), "labels": np.array([[5]])}
    shift = layers.RandomTranslation((0.5, 0.5), (-0.5, -0.5), bounding_box_format="xyxy")
    assert shift({"images": IMAGES[:1], "bounding_boxes": boxes})["bounding_boxes"]["labels"] == -1


def test_a_pipeline_reads_an_image_once(monkeypatch):
    """Neighbouring warps are one gather; whole turns and flips give what they give one by one."""
    from lamina.layers.preprocessing.image import warping

    reads = []
    read = warping.ops.image.affine_transform
    monkeypatch.setattr(
        warping.ops.image, "affine_transform", lambda *a: (reads.append(a), read(*a))[1]
    )

    def parts():
        return [
            layers.RandomFlip(seed=1),
            layers.RandomRotation((0.25, 0.25)),
            layers.RandomZoom(0.0),
        ]

    together = layers.Pipeline(parts())(IMAGES)
    assert len(reads) == 1
    alone = IMAGES
    for layer in parts():
        alone = layer(alone)
    np.testing.assert_allclose(together, alone, atol=1e-2)


def test_warps_that_fill_differently_stay_apart():
    pipeline = layers.Pipeline(
        [layers.RandomRotation(0.1), layers.RandomZoom(0.1, fill_mode="wrap")]
    )
    assert len(pipeline.steps) == 2


def test_colours_stay_within_their_range():
    for layer in (layers.RandomBrightness(1.0), layers.RandomSharpness(1.0), layers.RandAugment()):
        changed = layer(IMAGES)
        assert changed.min() >= -1e-3 and changed.max() <= 255.001
