"""Cases: norm layers."""

from tests.layers.case import IMAGE, SEQUENCE, Case

CASES = [
    Case("BatchNormalization", {}, (8, 3)),
    Case("BatchNormalization", {"momentum": 0.5, "epsilon": 0.1}, SEQUENCE, masked=True, free=(1,)),
    Case("BatchNormalization", {"axis": 1}, IMAGE, free=(2,)),
    Case("BatchNormalization", {"center": False, "scale": False}, (8, 3)),
    Case("BatchNormalization", {"gamma_regularizer": "l2"}, (8, 3)),
    Case("LayerNormalization", {}, SEQUENCE, masked=True, free=(1,)),
    Case("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, SEQUENCE),
    Case("LayerNormalization", {"axis": 1}, SEQUENCE, free=(2,)),
    Case("LayerNormalization", {"axis": [2, 1]}, SEQUENCE),
    Case("LayerNormalization", {"center": False}, (2, 3)),
    Case("LayerNormalization", {"scale": False}, (2, 3)),
]
