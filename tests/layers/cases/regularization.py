"""Cases: regularization layers."""

from tests.layers.case import IMAGE, SEQUENCE, VOLUME, Case

CASES = [
    Case("Dropout", {"rate": 0.4, "seed": 1}, (2, 30), draws=True),
    Case(
        "Dropout",
        {"rate": 0.4, "noise_shape": (None, 1, 3), "seed": 1},
        SEQUENCE,
        draws=True,
        masked=True,
    ),
    Case("Dropout", {"rate": 0.0}, (2, 3)),
    Case("SpatialDropout1D", {"rate": 0.4, "seed": 1}, SEQUENCE, draws=True, masked=True),
    Case("GaussianNoise", {"stddev": 0.3, "seed": 1}, (2, 3), draws=True),
    Case("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (2, 3)),
    Case("SpatialDropout2D", {"rate": 0.4, "seed": 1}, IMAGE, draws=True),
    Case(
        "SpatialDropout2D",
        {"rate": 0.4, "seed": 1, "data_format": "channels_first"},
        IMAGE,
        draws=True,
    ),
    Case("SpatialDropout3D", {"rate": 0.4, "seed": 2}, VOLUME, draws=True),
    Case("GaussianDropout", {"rate": 0.3, "seed": 1}, (2, 3), draws=True),
    Case("AlphaDropout", {"rate": 0.3, "seed": 1}, (2, 30), draws=True),
    Case(
        "AlphaDropout",
        {"rate": 0.3, "seed": 1, "noise_shape": (2, 5, 1)},
        SEQUENCE,
        draws=True,
        masked=True,
    ),
]
