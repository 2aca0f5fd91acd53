"""Galleries of images, and boxes and masks drawn onto them."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import visualization
from lamina.visualization import draw_bounding_boxes, draw_segmentation_masks, plot_image_gallery

RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (3, 12, 16, 3)).astype("uint8")
WHITE = (255, 255, 255)


def _boxes(*boxes, **more):
    labels = np.zeros((3, len(boxes)), int)
    return {"boxes": np.array([boxes] * 3, "float32"), "labels": labels, **more}


def _frame(left, top, right, bottom, width=1):
    """Pixels of a box's line, drawn by hand."""
    frame = np.zeros((12, 16), bool)
    frame[top : bottom + 1, left : right + 1] = True
    frame[top + width : bottom + 1 - width, left + width : right + 1 - width] = False
    return frame


@pytest.mark.parametrize("width", [1, 2])
def test_a_box_is_a_frame_and_nothing_else(width):
    drawn = draw_bounding_boxes(IMAGES, _boxes((2, 3, 9, 8)), "xyxy", None, WHITE, width)
    frame = _frame(2, 3, 9, 8, width)
    assert (drawn[:, frame] == 255).all()
    np.testing.assert_array_equal(drawn[:, ~frame], IMAGES[:, ~frame])


@pytest.mark.parametrize(
    ("box", "form"),
    [
        ((3, 2, 8, 9), "yxyx"),
        ((2, 3, 7, 5), "xywh"),
        ((5.5, 5.5, 7, 5), "center_xywh"),
        ((2 / 16, 3 / 12, 9 / 16, 8 / 12), "rel_xyxy"),
        ((9, 8, 2, 3), "xyxy"),  # the wrong way round
    ],
)
def test_formats_of_boxes_say_the_same(box, form):
    same = draw_bounding_boxes(IMAGES, _boxes((2, 3, 9, 8)), "xyxy")
    np.testing.assert_array_equal(draw_bounding_boxes(IMAGES, _boxes(box), form), same)


def test_a_label_of_minus_one_is_no_box():
    boxes = _boxes((2, 3, 9, 8), labels=np.full((3, 1), -1))
    np.testing.assert_array_equal(draw_bounding_boxes(IMAGES, boxes, "xyxy"), IMAGES)


def test_names_and_confidences_are_written():
    image = np.zeros((1, 60, 120, 1), "uint8")
    boxes = {"boxes": [[[20, 30, 60, 50]]], "labels": [[4]]}
    plain = draw_bounding_boxes(image, boxes, "xyxy", None, WHITE)
    named = draw_bounding_boxes(image, boxes, "xyxy", {4: "cat"}, WHITE)
    sure = draw_bounding_boxes(image, boxes | {"confidences": [[0.5]]}, "xyxy", {4: "cat"}, WHITE)
    ink = [int((x > 128).sum()) for x in (plain, named, sure)]
    assert ink[0] < ink[1] < ink[2]
    assert not (plain[0, :28] > 0).any() and (named[0, :28] > 0).any()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_shape_and_opacity_stay(channels):
    images = RNG.integers(0, 256, (3, 12, 16, channels)).astype("float32")
    drawn = draw_bounding_boxes(images, _boxes((2, 3, 9, 8)), "xyxy")
    assert drawn.shape == images.shape and drawn.dtype == np.uint8
    if channels == 4:
        np.testing.assert_array_equal(drawn[..., 3], images[..., 3])


def test_channels_may_come_first():
    boxes, masks = _boxes((2, 3, 9, 8)), (IMAGES[..., 0] > 99).astype(int)
    first = IMAGES.transpose(0, 3, 1, 2)
    for draw, what in ((draw_bounding_boxes, (boxes, "xyxy")), (draw_segmentation_masks, (masks,))):
        drawn = draw(first, *what, data_format="channels_first")
        np.testing.assert_array_equal(drawn.transpose(0, 2, 3, 1), draw(IMAGES, *what))


@pytest.mark.parametrize(
    ("boxes", "error", "message"),
    [
        ([1], TypeError, "must be a dict"),
        ({"boxes": np.zeros((3, 1, 4))}, ValueError, "lacks"),
        ({"boxes": np.zeros((3, 1, 5)), "labels": np.zeros((3, 1))}, ValueError, "boxes, 4"),
        (
            {"boxes": np.zeros((3, 1, 4)), "labels": np.zeros((3, 2))},
            ValueError,
            "one for each box",
        ),
    ],
)
def test_boxes_that_cannot_be_drawn_are_refused(boxes, error, message):
    with pytest.raises(error, match=message):
        draw_bounding_boxes(IMAGES, boxes, "xyxy")


# Masks.

MASKS = RNG.integers(0, 4, (3, 12, 16))


@pytest.mark.parametrize(("alpha", "blend"), [(0.8, True), (0.25, True), (0.25, False)])
def test_masks_are_mixed_with_the_image(alpha, blend):
    mapping = {1: (250, 0, 0), 2: (0, 240, 10), 3: (7, 8, 9)}
    drawn = draw_segmentation_masks(IMAGES, MASKS, None, mapping, alpha, blend)
    colors = np.array([(0, 0, 0), *mapping.values()])[MASKS]
    share = np.where(MASKS[..., None] > 0, alpha if blend else 1.0, 0.0)
    np.testing.assert_allclose(drawn, IMAGES * (1 - share) + colors * share, atol=0.51)


def test_some_classes_stay_undrawn():
    drawn = draw_segmentation_masks(IMAGES, MASKS[..., None], num_classes=2, ignore_index=1)
    stays = MASKS != 2
    np.testing.assert_array_equal(drawn[stays], IMAGES[stays])
    assert (drawn[~stays] != IMAGES[~stays]).any()


def test_colours_of_classes_differ():
    image = np.zeros((1, 1, 30, 1))
    drawn = draw_segmentation_masks(image, np.arange(30)[None, None], alpha=1.0)
    assert len({tuple(pixel) for pixel in drawn[0, 0]}) == 30


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"segmentation_masks": MASKS * 1.0}, TypeError, "whole numbers"),
        ({"segmentation_masks": MASKS[:, :5]}, ValueError, "rows, columns"),
        ({"segmentation_masks": MASKS[:2]}, ValueError, "rows, columns"),
        ({"segmentation_masks": MASKS, "alpha": 2}, ValueError, "between 0 and 1"),
        (
            {"segmentation_masks": MASKS, "color_mapping": {1: WHITE}},
            ValueError,
            r"classes \[2, 3\]",
        ),
        ({"segmentation_masks": MASKS, "images": IMAGES[0]}, ValueError, "batch of images"),
    ],
)
def test_masks_that_cannot_be_drawn_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        draw_segmentation_masks(**{"images": IMAGES, **arguments})


# Galleries.


def _shown(figure):
    return [ax.images[0].get_array() for ax in figure.axes]


def test_a_gallery_shows_each_image_with_its_names(engine, tmp_path):
    images = lamina.ops.convert_to_tensor(IMAGES / 255.0)
    figure = plot_image_gallery(
        images, [0, 1, 1], [0, 1, 0], {0: "no$", 1: "<b>"}, value_range=(0, 1), show=False
    )
    np.testing.assert_array_equal(_shown(figure), IMAGES)
    assert [ax.get_title() for ax in figure.axes] == ["no$", "<b>", "no$, is <b>"]
    assert plot_image_gallery(images, path=tmp_path / "g.png") is not None
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("size", "expected"), [({"rows": 1, "cols": 2}, 2), ({"cols": 1}, 3), ({}, 3), ({"rows": 2}, 3)]
)
def test_a_gallery_has_the_size_that_is_asked_for(size, expected):
    assert len(plot_image_gallery(IMAGES, show=False, **size).axes) == expected


def test_a_window_shows_a_gallery(monkeypatch):
    from matplotlib import pyplot

    shown = []
    monkeypatch.setattr(pyplot, "show", lambda: shown.append(pyplot.gcf()))
    assert plot_image_gallery(IMAGES) is None
    assert len(shown[0].axes) == 3
    pyplot.close("all")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_true": [0, 1, 1]}, "label_map"),
        ({"y_true": [0], "label_map": {0: "a"}}, "but 1 labels"),
        ({"path": "x.png", "show": True}, "not both"),
        ({"images": IMAGES[0]}, "batch of images"),
        ({"data_format": "first"}, "data_format"),
    ],
)
def test_galleries_that_cannot_be_drawn_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        plot_image_gallery(**{"images": IMAGES, **arguments})


def test_galleries_of_boxes_and_masks_show_what_the_functions_draw():
    boxes = _boxes((2, 3, 9, 8))
    figure = visualization.plot_bounding_box_gallery(
        IMAGES,
        "xyxy",
        boxes,
        boxes,
        true_color=(1, 2, 3),
        pred_color=WHITE,
        legend=True,
        show=False,
    )
    np.testing.assert_array_equal(
        _shown(figure), draw_bounding_boxes(IMAGES, boxes, "xyxy", color=WHITE)
    )
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["true", "predicted"]
    figure = visualization.plot_segmentation_mask_gallery(IMAGES, 3, y_true=MASKS, show=False)
    expected = np.concatenate([IMAGES, draw_segmentation_masks(IMAGES, MASKS)], 2)
    np.testing.assert_array_equal(_shown(figure), expected)
    with pytest.raises(ValueError, match="not both"):
        visualization.plot_bounding_box_gallery(IMAGES, "xyxy", legend=True, legend_handles=[1])
