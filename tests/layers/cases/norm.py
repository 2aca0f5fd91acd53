"""Cases: norm layers."""

from tests.layers.case import IMAGE, SEQUENCE, Case

CASES = [
    Case("BatchNormalization", {}, (8, 3)),
    Case("BatchNormalization", {"momentum": 0.5, "epsilon": 0.1}, SEQUENCE, masked=True, free=(1,)),
    Case("BatchNormalization", {"axis": 1}, IMAGE, free=(2,)),
    Case("BatchNormalization", {"center": False, "scale": False}, (8, 3)),
    Case("BatchNormalization", {"gamma_regularizer": "l2"}, (8, 3)),
    Case("BatchNormalization", {"renorm": True, "renorm_momentum": 0.8, "momentum": 0.9}, (8, 3)),
    Case(
        "BatchNormalization",
        {"renorm": True, "renorm_clipping": {"rmax": 1.1, "rmin": 0.9, "dmax": 0.05}, "axis": 1},
        IMAGE,
        free=(2,),
    ),
    Case(
        "BatchNormalization",
        {"renorm": True, "center": False, "scale": False},
        SEQUENCE,
        masked=True,
    ),
    Case("LayerNormalization", {}, SEQUENCE, masked=True, free=(1,)),
    Case("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, SEQUENCE),
    Case("LayerNormalization", {"axis": 1}, SEQUENCE, free=(2,)),
    Case("LayerNormalization", {"axis": [2, 1]}, SEQUENCE),
    Case("LayerNormalization", {"center": False}, (2, 3)),
    Case("LayerNormalization", {"scale": False}, (2, 3)),
    Case("GroupNormalization", {"groups": 2}, IMAGE, free=(1, 2)),
    Case("GroupNormalization", {"groups": -1, "axis": 1, "epsilon": 0.1}, IMAGE, free=(2,)),
    Case(
        "GroupNormalization",
        {"groups": 3, "center": False, "gamma_regularizer": "l2"},
        SEQUENCE,
        masked=True,
    ),
    Case("RMSNormalization", {}, SEQUENCE, masked=True, free=(1,)),
    Case("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, SEQUENCE),
    Case("UnitNormalization", {}, SEQUENCE, masked=True, free=(1,)),
    Case("UnitNormalization", {"axis": [1, 2]}, SEQUENCE),
    Case(
        "SpectralNormalization",
        {"power_iterations": 2},
        (2, 3),
        cells=[("Dense", {"units": 4})],
    ),
    Case(
        "SpectralNormalization",
        {},
        IMAGE,
        cells=[("Conv2D", {"filters": 4, "kernel_size": 2})],
    ),
]
