"""Rows for images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, FLOATS, array, case, words


def _images(extra: Callable, kinds: list[str], axes: int = 2, channels: int = 3) -> Callable:
    """Images, one or a batch, channels first or last, and what `extra(draw)` gives for them."""

    def row(draw: Callable) -> tuple:
        space = draw(st.sampled_from([(4, 5, 6), (6, 4, 5)]))[:axes]
        batch = draw(st.sampled_from([(), (2,)]))
        shape = (*batch, *space, channels)
        first = bool(batch) and draw(st.booleans())  # how many channels there are must be known
        x = array(draw, shape, kinds)
        args, kwargs = extra(draw)
        x = np.moveaxis(x, -1, -1 - axes) if first else x
        return [x, *args], {**kwargs, "data_format": f"channels_{'first' if first else 'last'}"}

    return row


def _choice(*choices: tuple) -> Callable:
    return lambda draw: draw(st.sampled_from(choices))


def _warp(draw: Callable) -> dict[str, Any]:
    modes = ["constant", "nearest", "wrap", "mirror", "reflect"]
    return {
        "interpolation": draw(st.sampled_from(["nearest", "bilinear"])),
        "fill_mode": draw(st.sampled_from(modes)),
    }


def _resize(draw: Callable) -> tuple:
    ways = words("nearest bilinear bicubic lanczos3 lanczos5")
    aspect = draw(
        st.sampled_from([{}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True}])
    )
    size = draw(st.sampled_from([(3, 8), (7, 2)]))
    kwargs = {"interpolation": draw(st.sampled_from(ways)), "antialias": draw(st.booleans())}
    return [size], {**kwargs, **aspect}


def _coordinates(draw: Callable) -> tuple:
    x = array(draw, (4, 5), DTYPES[1:])
    return [x, array(draw, (2, 3, 2), ["float32", "int32"]), draw(st.integers(0, 1))], {}


def _scaled(draw: Callable) -> tuple:
    x = array(draw, (2, 4, 5, 3), DTYPES[1:])
    factors = [np.array(v, "float32") for v in ([0.5, 2.0], [1.0, -0.5])]
    method = draw(st.sampled_from(words("linear cubic lanczos3 trilinear")))
    return [x, (2, 3, 6, 3), *factors, (1, 2), method], {}


def _compared(draw: Callable) -> tuple:
    (x,), kwargs = _images(_choice(([], {"filter_size": 3})), DTYPES[1:])(draw)
    return [x, x], kwargs


def _reconstructed(draw: Callable) -> tuple:
    x = array(draw, draw(st.sampled_from([(2, 3, 4, 12), (3, 4, 12)])), DTYPES)
    if draw(st.booleans()):
        return [x, 2, (5, 8)], {"padding": "same"}
    return [x, *draw(st.sampled_from([((2, 3), (6, 12)), (2, None)]))], {}


IDENTITY = np.array([1, 0, 0, 0, 1, 0, 0, 0], "float32")
CORNERS = np.array([[0, 0], [3, 0], [0, 3], [3, 3]], "float32")
PATCHES = _choice(
    ([2], {}), ([(2, 3)], {"strides": 1}), ([2], {"padding": "same", "dilation_rate": 2})
)

TABLE: dict[str, Callable] = {
    "resize": _images(_resize, DTYPES[1:]),
    "scale_and_translate": _scaled,
    "map_coordinates": _coordinates,
    "affine_transform": _images(lambda draw: ([IDENTITY], _warp(draw)), DTYPES[1:]),
    "elastic_transform": _images(lambda draw: ([], {"seed": 1, **_warp(draw)}), DTYPES[1:]),
    "perspective_transform": _images(_choice(([CORNERS, CORNERS], {})), DTYPES[1:]),
    "rgb_to_grayscale": _images(_choice(([], {})), DTYPES[1:]),
    "rgb_to_hsv": _images(_choice(([], {})), FLOATS),
    "hsv_to_rgb": _images(_choice(([], {})), FLOATS),
    "gaussian_blur": _images(_choice(([], {}), ([(3, 2), (1.0, 0.5)], {})), DTYPES[1:]),
    "sobel_edges": _images(_choice(([], {})), DTYPES),
    "ssim": _compared,
    "crop_images": _images(
        _choice(([1, 2, 1, 0], {}), ([1, 0], {"target_height": 2, "target_width": 3})), DTYPES
    ),
    "pad_images": _images(
        _choice(([1, 2, 1, 0], {}), ([1, 0], {"target_height": 9, "target_width": 9})), DTYPES
    ),
    "extract_patches": _images(PATCHES, DTYPES),
    "extract_patches_3d": _images(_choice(([2], {}), ([2], {"padding": "same"})), DTYPES, axes=3),
    "reconstruct_patches": _reconstructed,
}
# Of an image without batch the first size is the height, which they are told.
FIXED_SIZES = {"pad_images", "reconstruct_patches"}
NAMESPACES = dict.fromkeys(TABLE, "image")

RNG = np.random.default_rng(5)
IMAGES = RNG.uniform(size=(2, 6, 7, 3)).astype("float32")
ONE = IMAGES[0]
FIRST = np.moveaxis(IMAGES, -1, 1).copy()
BYTES = (255 * IMAGES).astype("uint8")
VOLUMES = RNG.uniform(size=(2, 4, 5, 6, 2)).astype("float32")
LARGE = RNG.uniform(size=(2, 12, 13, 2)).astype("float32")
OTHER = np.clip(LARGE + RNG.normal(size=LARGE.shape) / 5, 0, 1).astype("float32")
# Greys, pure colours, mixtures; beyond 1 and below 0.
COLORS = np.array(
    [[[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.2], [0.2, 0.5, 0.5],
      [0.5, 0.2, 0.5], [0.3, 0.3, 0.3], [1, 1, 0], [2, 1, -1]]], "float32"
)  # fmt: skip
TURNED = np.array(
    [[1, 0.1, -1, -0.1, 0.9, 0.53, 0, 0], [0.8, 0.11, 1.03, 0.1, 1.1, -2.5, 0, 0]], "float32"
)
STARTS = np.array([[[0, 0], [5, 0], [0, 4], [5, 5]], [[1, 0], [6, 1], [0, 5], [5, 4]]], "float32")
STOPS = np.array([[[1, 0], [5, 1], [0, 5], [4, 4]], [[0, 0], [6, 0], [0, 5], [6, 5]]], "float32")
PLACES = RNG.uniform(-9, 15, (2, 5, 4)).astype("float32")
HALVES = np.arange(-9, 15, dtype="float32")[None] / 2
MODES = words("constant nearest wrap mirror reflect")
FACTORS = np.array([0.7, 1.3], "float32"), np.array([0.5, -1.0], "float32")
KEPT = {"crop_to_aspect_ratio": True}
PADDED = {"pad_to_aspect_ratio": True}

CASES: dict[str, list] = {
    "resize": [
        *(
            case(IMAGES, size, interpolation=way, antialias=smooth)
            for way in words("nearest bilinear bicubic lanczos3 lanczos5")
            for size, smooth in [((3, 9), False), ((3, 9), True)]
        ),
        case(ONE, (4, 4)),
        case(FIRST, (4, 5), data_format="channels_first"),
        case(IMAGES, (4, 9), **KEPT),
        case(IMAGES, (9, 4), **KEPT),
        case(IMAGES, (4, 9), fill_value=0.5, **PADDED),
        case(FIRST, (9, 4), data_format="channels_first", **PADDED),
        case(BYTES, (13, 13), interpolation="bicubic"),
        case(BYTES, (4, 4), interpolation="nearest"),
        case(np.eye(6, dtype="int32")[..., None] * 255, (3, 5)),
        case(IMAGES.astype("float16"), (4, 4), interpolation="nearest"),
    ],
    "scale_and_translate": [
        *(
            case(IMAGES, (2, 4, 9, 3), *FACTORS, (1, 2), way, smooth)
            for way in words("linear cubic lanczos3 lanczos5")
            for smooth in (False, True)
        ),
        case(IMAGES, (2, 6, 9, 3), [1.5], [0.25], [-2], "bicubic"),
        case(BYTES, (2, 4, 9, 3), *FACTORS, (1, 2), "bilinear"),
    ],
    "map_coordinates": [
        *(
            case(x, places, order, mode, 0.5)
            for mode in MODES
            for x, places, order in [
                (IMAGES[0, ..., 0], PLACES, 0),
                (IMAGES[0, ..., 0], PLACES, 1),
                (IMAGES[0, 0, :, 0], HALVES, 0),
                (IMAGES[0, 0, :, 0], HALVES, 1),
                (BYTES[0, 0, :, 0], HALVES, 0),
            ]
        ),
        case(IMAGES[:1, 0, :, 0], np.stack([0 * HALVES, HALVES]), 1, "mirror"),  # a size of 1
        case(
            (99 * VOLUMES[..., 0, 0]).astype("int32"),
            RNG.integers(-1, 5, (3, 4)),
            1,
            "constant",
            1.5,
        ),
        case(BYTES[0, ..., 0], PLACES, 1, "reflect"),
    ],
    "affine_transform": [
        *(
            case(IMAGES, TURNED, way, mode, 0.5)
            for way in ("nearest", "bilinear")
            for mode in MODES
        ),
        case(ONE, TURNED[1]),
        case(FIRST, TURNED, data_format="channels_first"),
        case(BYTES, TURNED, "nearest", "reflect"),
    ],
    "perspective_transform": [
        case(IMAGES, STARTS, STOPS, "nearest", fill_value=0.3),
        case(IMAGES, STARTS, STOPS, fill_value=0.3),
        case(ONE, STARTS[0], STOPS[0]),
        case(FIRST, STARTS, STOPS, data_format="channels_first"),
    ],
    "rgb_to_grayscale": [
        case(IMAGES),
        case(ONE),
        case(FIRST, data_format="channels_first"),
        case(BYTES),
        case(BYTES.astype("int32")),
        case(IMAGES[..., :1]),
    ],
    **{
        key: [case(IMAGES), case(ONE), case(FIRST, data_format="channels_first"), case(COLORS)]
        for key in ("rgb_to_hsv", "hsv_to_rgb")
    },
    "sobel_edges": [case(IMAGES), case(FIRST, data_format="channels_first")],
    "ssim": [
        case(LARGE, OTHER),
        case(LARGE[0], OTHER[0]),
        case(LARGE, OTHER, 0.5, filter_size=6, filter_sigma=1.0, k1=0.02, k2=0.05),
        case(FIRST, FIRST**2, filter_size=4, data_format="channels_first"),
    ],
    "crop_images": [
        case(IMAGES, 1, 2, target_height=3, target_width=4),
        case(IMAGES, 1, 2, 1, 1),
        case(ONE, bottom_cropping=1, right_cropping=2, target_height=3, target_width=4),
        case(FIRST, 1, 2, 1, 0, data_format="channels_first"),
    ],
    "pad_images": [
        case(IMAGES, 1, 2, target_height=9, target_width=12),
        case(ONE, bottom_padding=1, right_padding=2, target_height=9, target_width=10),
        case(FIRST, 1, 2, 1, 0, data_format="channels_first"),
        case(BYTES, 1, 1, 1, 1),
    ],
    "extract_patches": [
        case(IMAGES, 2),
        case(IMAGES, (3, 2), strides=(1, 2), padding="same"),
        case(IMAGES, 2, strides=1, dilation_rate=2),
        case(ONE, (3, 2), strides=1),
        case(FIRST, (3, 2), data_format="channels_first"),
        case(BYTES.astype("int32"), 2, strides=1, dilation_rate=2, padding="same"),
        case(VOLUMES[..., 0], (2, 2, 2)),
    ],
    "extract_patches_3d": [
        case(VOLUMES, 2),
        case(VOLUMES, (1, 2, 3), strides=(1, 2, 1), padding="same"),
        case(VOLUMES[0], 2, 1, 2),
        case(np.moveaxis(VOLUMES, -1, 1).copy(), 2, data_format="channels_first"),
    ],
}
# Tested in tests/ops/test_image.py: Keras' engines disagree on the blur and two of them mix the
# channels up; elastic transforms are random; the installed Keras has no reconstruct_patches.
WITHOUT_ORACLE = {"gaussian_blur", "elastic_transform", "reconstruct_patches"}
# Steps at halves, and kinks where a coordinate meets a pixel or two colours are equal.
NOT_SMOOTH = {"rgb_to_hsv", "hsv_to_rgb"}
# Coordinates and weights are computed in float32, by another engine in another order.
TOLERANCE = {
    "resize": 3e-5,
    "scale_and_translate": 3e-5,
    "map_coordinates": 3e-5,
    "affine_transform": 1e-4,
    "perspective_transform": 1e-4,
    "ssim": 1e-4,
    "rgb_to_hsv": 3e-5,
}
