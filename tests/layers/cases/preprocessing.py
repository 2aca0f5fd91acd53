"""Cases: layers that prepare data."""

from tests.layers.case import IMAGE, Case

CASES = [
    Case("Rescaling", {"scale": 0.5, "offset": -1.0}, IMAGE, free=(1, 2)),
    Case("Rescaling", {"scale": [0.5, 1.0, 2.0, 3.0]}, (2, 4), integers=9),
]
