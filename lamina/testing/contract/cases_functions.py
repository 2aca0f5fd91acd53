"""Rows of the table for trigonometry, bits, special functions and searching."""

import numpy as np

from lamina.testing.contract.cases import (
    FLOAT,
    FLOATS,
    INTEGER,
    case,
    draw,
    elementwise,
    with_scalar,
)


def _trigonometry():
    elementwise("tan", -1.2, 1.2)
    elementwise("arcsin arccos arctanh", -0.9, 0.9)
    elementwise("arctan arcsinh", -4, 4)
    elementwise("sinh cosh i0", -3, 3)
    elementwise("arccosh", 1.2, 4)
    x, y = draw(2, 3), draw(2, 1, seed=1)
    case("arctan2", "broadcast", [x, y])
    zeros = np.array([0.0, -0.0, 0.0, -0.0]), np.array([1.0, 1.0, -1.0, -1.0])
    case("arctan2", "zeros", list(zeros), smooth=False, dtypes=FLOAT)
    with_scalar("arctan2", x, 2.0)


def _bits():
    x, y = np.array([[5, -7], [0, 3]]), np.array([3, 2])
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"):
        case(name, "int", [x, y], dtypes=INTEGER)
        case(name, "scalar", [x], args=(2,), dtypes=INTEGER)
        for dtype in ("uint8", "uint32"):
            pair = [np.abs(x).astype(dtype), y.astype(dtype)]
            case(name, dtype, pair, dtypes=(dtype,))
    masks = [np.array([[True], [False]]), np.array([True, False])]
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        case(name, "bool", masks)
    case("bitwise_not", "int", [x], dtypes=INTEGER)
    case("bitwise_not", "bool", masks[:1])
    case("bitwise_not", "uint32", [y.astype("uint32")], dtypes=("uint32",))


def _searchsorted(ordered, x, right):
    return np.searchsorted(ordered, x, "right" if right else "left")


def _searching():
    ordered, x = np.array([1.0, 2.0, 2.0, 4.0]), np.array([[0.0, 2.0], [3.0, 9.0]])
    for right in (False, True):
        for label, values in (("2d", x), ("0d", x[1, 0]), ("empty", x[:0])):
            case(
                *("searchsorted", f"{label}-{right}", [ordered, np.asarray(values)]),
                _searchsorted,
                args=(right,),
                smooth=False,
                dtypes=FLOATS if label == "2d" else FLOAT,
            )
    pair = [np.array([1, 4]), np.array([4, 0, 9])]
    case("searchsorted", "int", pair, _searchsorted, args=(False,), dtypes=INTEGER)
    for axis in (0, -1):
        case("cumprod", str(axis), [draw(3, 4, low=0.5, high=1.5)], named={"axis": axis})
    case("cumprod", "int", [np.array([1, 2, 3])], named={"axis": 0}, dtypes=INTEGER)


_trigonometry()
_bits()
_searching()
