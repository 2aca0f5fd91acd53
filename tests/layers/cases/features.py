"""Cases: layers that prepare numbers and categories."""

from tests.layers.case import IMAGE, SEQUENCE, Case

BOUNDARIES = {"bin_boundaries": [0.5, 2.0, 3.0]}

CASES = [
    Case("Normalization", {}, SEQUENCE, free=(1,)),
    Case("Normalization", {"axis": None}, IMAGE, free=(1, 2)),
    Case("Normalization", {"axis": [1, -1]}, IMAGE),
    Case("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [0.0, 1.0, 4.0]}, SEQUENCE),
    Case("Normalization", {"mean": 1.0, "variance": 4.0, "invert": True}, SEQUENCE, free=(1,)),
    Case("Normalization", {}, SEQUENCE, integers=5),
    Case("Discretization", BOUNDARIES, SEQUENCE, integers=5, free=(1,)),
    *[
        Case("Discretization", BOUNDARIES | {"output_mode": mode}, (4, 3), integers=5)
        for mode in ("one_hot", "multi_hot", "count")
    ],
    *[
        Case(
            "CategoryEncoding", {"num_tokens": 4, "output_mode": mode}, shape, integers=5, free=free
        )
        for mode in ("one_hot", "multi_hot", "count")
        for shape, free in (((4, 3), (1,)), ((4, 1), ()))
    ],
    Case("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, (4,), integers=5),
]
