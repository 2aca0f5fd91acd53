"""Cases: reshaping layers."""

from tests.layers.case import IMAGE, SEQUENCE, VOLUME, Case

CASES = [
    Case("Flatten", {}, IMAGE, free=(1,)),
    Case("Flatten", {"data_format": "channels_first"}, IMAGE),
    Case("Flatten", {}, (3,)),
    Case("Reshape", {"target_shape": (3, 5)}, SEQUENCE),
    Case("Reshape", {"target_shape": (-1,)}, SEQUENCE, free=(1,)),
    Case("Reshape", {"target_shape": (3, -1, 1)}, SEQUENCE, free=(1,)),
    Case("Permute", {"dims": (3, 1, 2)}, IMAGE, free=(1, 2)),
    Case("RepeatVector", {"n": 3}, (2, 4)),
    Case("Cropping1D", {}, SEQUENCE, free=(1,)),
    Case("Cropping1D", {"cropping": (2, 1)}, SEQUENCE),
    Case("Cropping2D", {"cropping": 1}, IMAGE, free=(1, 2)),
    Case("Cropping2D", {"cropping": ((0, 2), (1, 3))}, IMAGE),
    Case("Cropping2D", {"cropping": (2, 1), "data_format": "channels_first"}, IMAGE),
    Case("Cropping3D", {}, VOLUME, free=(1, 2, 3)),
    Case("Cropping3D", {"cropping": ((0, 1), (1, 0), (2, 2))}, VOLUME),
    Case("ZeroPadding1D", {"padding": (2, 1)}, SEQUENCE, free=(1,)),
    Case("ZeroPadding1D", {"padding": 2, "data_format": "channels_first"}, SEQUENCE),
    Case("ZeroPadding2D", {}, IMAGE, free=(1, 2)),
    Case("ZeroPadding2D", {"padding": ((0, 2), (1, 3))}, IMAGE),
    Case("ZeroPadding2D", {"padding": (2, 1), "data_format": "channels_first"}, IMAGE),
    Case("ZeroPadding3D", {"padding": (1, 0, 2)}, VOLUME, free=(1, 2, 3)),
    Case("UpSampling1D", {"size": 3}, SEQUENCE, free=(1,)),
    Case("UpSampling2D", {"size": (3, 2)}, IMAGE, free=(1, 2)),
    Case("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"}, IMAGE),
    Case(
        "UpSampling2D",
        {"size": 2, "interpolation": "bicubic", "data_format": "channels_first"},
        IMAGE,
    ),
    Case("UpSampling3D", {"size": (2, 1, 3)}, VOLUME, free=(1, 2, 3)),
]
