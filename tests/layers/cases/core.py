"""Cases: core layers."""

from tests.layers.case import SEQUENCE, Case

CASES = [
    Case("Dense", {"units": 4}, (2, 3)),
    Case("Dense", {"units": 4, "activation": "relu", "use_bias": False}, SEQUENCE, free=(1,)),
    Case("Dense", {"units": 4, "kernel_regularizer": "l2", "activity_regularizer": "l1"}, (2, 3)),
    Case("Embedding", {"input_dim": 7, "output_dim": 4}, (2, 5), integers=7, free=(1,)),
    Case("Embedding", {"input_dim": 7, "output_dim": 4, "mask_zero": True}, (2, 5), integers=7),
    Case("Identity", {}, SEQUENCE, masked=True, free=(1,)),
    Case("Masking", {"mask_value": 0.5}, SEQUENCE, free=(1,)),
]
