"""Cases: reshaping layers."""

from tests.layers.case import IMAGE, SEQUENCE, Case

CASES = [
    Case("Flatten", {}, IMAGE, free=(1,)),
    Case("Flatten", {"data_format": "channels_first"}, IMAGE),
    Case("Flatten", {}, (3,)),
    Case("Reshape", {"target_shape": (3, 5)}, SEQUENCE),
    Case("Reshape", {"target_shape": (-1,)}, SEQUENCE, free=(1,)),
    Case("Reshape", {"target_shape": (3, -1, 1)}, SEQUENCE, free=(1,)),
    Case("Permute", {"dims": (3, 1, 2)}, IMAGE, free=(1, 2)),
    Case("RepeatVector", {"n": 3}, (2, 4)),
]
