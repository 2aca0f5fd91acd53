"""Cases: merging layers."""

from tests.layers.case import IMAGE, Case, each

CASES = [
    *each("Add Multiply Average Maximum Minimum", {}, [(2, 9), (2, 9), (2, 9)]),
    *each("Add Subtract Multiply Average Maximum Minimum", {}, [(2, 4, 3), (2, 3)]),
    *each("Add Subtract", {}, [(2, 4, 1), (2, 1, 3)]),
    Case("Concatenate", {}, [(2, 3), (2, 4)]),
    Case("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 5, 4)], free=(1,)),
    Case("Concatenate", {"axis": -1}, [IMAGE, IMAGE], free=(1, 2)),
]
