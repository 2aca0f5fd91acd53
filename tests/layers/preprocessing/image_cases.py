"""Layers of images with arguments, and images with all that belongs to them."""

from __future__ import annotations

import numpy as np

from lamina import layers

RANDOM = {
    "RandomFlip": {},
    "RandomRotation": {"factor": 0.2},
    "RandomZoom": {"height_factor": 0.2, "width_factor": 0.3},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.3},
    "RandomShear": {"x_factor": 0.3, "y_factor": 0.2},
    "RandomPerspective": {"scale": 0.5},
    "RandomElasticTransform": {},
    "RandomBrightness": {"factor": 0.3},
    "RandomContrast": {"factor": 0.3},
    "RandomHue": {"factor": 0.3},
    "RandomSaturation": {"factor": (0.2, 0.8)},
    "RandomSharpness": {"factor": 0.3},
    "RandomPosterization": {"factor": (2, 6)},
    "RandomColorDegeneration": {"factor": 0.3},
    "RandomGrayscale": {},
    "RandomInvert": {"factor": 0.6},
    "RandomGaussianBlur": {"kernel_size": (3, 5)},
    "RandomErasing": {"fill_value": 7.0},
    "Solarization": {"addition_factor": 0.3, "threshold_factor": 0.4},
    "RandomColorJitter": {"brightness_factor": 0.2, "contrast_factor": 0.2, "hue_factor": 0.1},
    "RandomCrop": {"height": 5, "width": 7},
    "MixUp": {},
    "CutMix": {},
    "RandAugment": {},
    "AugMix": {},
}
FIXED = {
    "AutoContrast": {},
    "Equalization": {},
    "ContrastLimitedAdaptiveHistogramEqualization": {"tile_grid_size": (2, 3)},
    "Resizing": {"height": 5, "width": 7},
    "CenterCrop": {"height": 5, "width": 7},
    "MaxNumBoundingBoxes": {"max_number": 3},
}
ALL = {**RANDOM, **FIXED}


def made(name, **more):
    """The layer of a row, with a seed if it draws."""
    seed = {"seed": 1} if name in RANDOM else {}
    return getattr(layers, name)(**{**ALL[name], **seed, "bounding_box_format": "xyxy", **more})


def images(batch=4, height=12, width=16):
    rng = np.random.default_rng(0)
    return (rng.random((batch, height, width, 3)) * 255).astype("float32")


def data(batch=4):
    """Images with labels, one box each, and masks."""
    box = np.tile(np.array([[[2.0, 3.0, 8.0, 9.0]]], "float32"), (batch, 1, 1))
    return {
        "images": images(batch),
        "labels": np.eye(batch, dtype="float32"),
        "bounding_boxes": {"boxes": box, "labels": np.ones((batch, 1), "int32")},
        "segmentation_masks": np.random.default_rng(1).integers(0, 4, (batch, 12, 16, 1)),
    }
