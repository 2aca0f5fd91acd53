"""Cases: pooling layers."""

from tests.layers.case import IMAGE, SEQUENCE, VOLUME, Case, each

CASES = [
    *each("MaxPooling1D AveragePooling1D", {"pool_size": 2}, (2, 8, 3), free=(1,)),
    *each("MaxPooling1D AveragePooling1D", {"pool_size": 3, "strides": 2}, (2, 8, 3)),
    *each("MaxPooling2D AveragePooling2D", {"pool_size": 2}, IMAGE, free=(1, 2)),
    *each("MaxPooling2D AveragePooling2D", {"pool_size": (3, 2), "padding": "same"}, IMAGE),
    *each(
        "MaxPooling2D AveragePooling2D",
        {"pool_size": 3, "strides": 1, "padding": "same", "data_format": "channels_first"},
        IMAGE,
    ),
    *each("MaxPooling3D AveragePooling3D", {"pool_size": (2, 2, 3)}, VOLUME),
    Case("GlobalAveragePooling1D", {}, SEQUENCE, masked=True, free=(1,)),
    Case("GlobalAveragePooling1D", {"keepdims": True}, SEQUENCE, masked=True),
    Case("GlobalAveragePooling1D", {"data_format": "channels_first"}, SEQUENCE),
    Case("GlobalMaxPooling1D", {}, SEQUENCE, free=(1,)),
    *each("GlobalAveragePooling2D GlobalMaxPooling2D", {}, IMAGE, free=(1, 2)),
    *each("GlobalAveragePooling2D GlobalMaxPooling2D", {"data_format": "channels_first"}, IMAGE),
    *each("GlobalAveragePooling3D GlobalMaxPooling3D", {"keepdims": True}, VOLUME),
    *each(
        "AdaptiveAveragePooling1D AdaptiveMaxPooling1D", {"output_size": 3}, (2, 8, 3), free=(1,)
    ),
    *each("AdaptiveAveragePooling2D AdaptiveMaxPooling2D", {"output_size": (3, 4)}, IMAGE),
    *each(
        "AdaptiveAveragePooling2D AdaptiveMaxPooling2D",
        {"output_size": 2, "data_format": "channels_first"},
        IMAGE,
    ),
    *each("AdaptiveAveragePooling3D AdaptiveMaxPooling3D", {"output_size": 2}, VOLUME),
]
