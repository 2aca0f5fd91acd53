"""Cases: conv layers."""

from tests.layers.case import IMAGE, VOLUME, Case

CASES = [
    Case("Conv1D", {"filters": 4, "kernel_size": 3}, (2, 8, 3), free=(1,)),
    Case("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, (2, 8, 3), free=(1,)),
    Case(
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2},
        (2, 8, 3),
    ),
    Case(
        "Conv1D",
        {"filters": 4, "kernel_size": 2, "padding": "same", "strides": 3, "activation": "relu"},
        (2, 8, 3),
    ),
    Case(
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "data_format": "channels_first", "padding": "causal"},
        (2, 3, 8),
    ),
    Case("Conv2D", {"filters": 5, "kernel_size": 3}, IMAGE, free=(1, 2)),
    Case("Conv2D", {"filters": 5, "kernel_size": (2, 3), "padding": "same"}, IMAGE, free=(1,)),
    Case("Conv2D", {"filters": 5, "kernel_size": 3, "padding": "same", "strides": (2, 3)}, IMAGE),
    Case("Conv2D", {"filters": 5, "kernel_size": 2, "dilation_rate": (2, 3)}, IMAGE),
    Case("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 2, "use_bias": False}, IMAGE),
    Case("Conv2D", {"filters": 5, "kernel_size": 3, "data_format": "channels_first"}, IMAGE),
    Case("Conv2D", {"filters": 5, "kernel_size": 1, "kernel_regularizer": "l2"}, IMAGE),
    Case("Conv3D", {"filters": 3, "kernel_size": 2}, VOLUME, free=(1,)),
    Case("Conv3D", {"filters": 3, "kernel_size": 3, "padding": "same", "strides": 2}, VOLUME),
    Case("Conv1DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}, (2, 8, 3), free=(1,)),
    Case("Conv1DTranspose", {"filters": 4, "kernel_size": 2, "dilation_rate": 3}, (2, 8, 3)),
    Case(
        "Conv2DTranspose",
        {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
        IMAGE,
        free=(1, 2),
    ),
    Case(
        "Conv2DTranspose",
        {"filters": 5, "kernel_size": (3, 2), "strides": 3, "output_padding": (1, 0)},
        IMAGE,
    ),
    Case(
        "Conv2DTranspose",
        {"filters": 5, "kernel_size": 3, "data_format": "channels_first", "use_bias": False},
        IMAGE,
    ),
    Case("Conv3DTranspose", {"filters": 3, "kernel_size": 2, "padding": "same"}, VOLUME),
    Case("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}, (2, 8, 3), free=(1,)),
    Case("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", "strides": 2}, IMAGE, free=(1,)),
    Case(
        "DepthwiseConv2D",
        {"kernel_size": 2, "dilation_rate": 2, "depthwise_regularizer": "l2"},
        IMAGE,
    ),
    Case(
        "DepthwiseConv2D",
        {"kernel_size": 3, "depth_multiplier": 2, "data_format": "channels_first"},
        IMAGE,
    ),
    Case("SeparableConv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}, (2, 8, 3)),
    Case(
        "SeparableConv2D",
        {"filters": 5, "kernel_size": 3, "depth_multiplier": 2, "strides": 2, "activation": "tanh"},
        IMAGE,
        free=(1, 2),
    ),
    Case(
        "SeparableConv2D",
        {"filters": 5, "kernel_size": 2, "data_format": "channels_first", "dilation_rate": 2},
        IMAGE,
    ),
]
