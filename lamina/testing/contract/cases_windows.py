"""Rows of the table that contract: products, convolutions, pools."""

import numpy as np

from lamina.testing.contract import windows
from lamina.testing.contract.cases import FLOAT, FLOATS, INTEGER, case, draw, name_of

PRODUCTS = (
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((5, 0, 3), (3, 4)),
    ((5, 1, 2, 3), (2, 3, 2)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((0, 3), (3, 2)),
)
SUMS = (
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)),
    ("...i,i->...", (2, 3, 4), (4,)),
    ("ii->i", (3, 3)),
    ("i,j,k->ijk", (2,), (3,), (2,)),
    ("...x,xhd->...hd", (2, 3, 4), (4, 2, 3)),
    ("...ij,...jk->...ik", (2, 3, 2, 4), (2, 3, 4, 3)),
    ("a...,...b->b...a", (2, 3, 1), (3, 4, 2)),
    ("i...->...i", (2, 3, 4)),
)
# space, window, channels, filters; strides, padding, dilation, groups
CONVOLUTIONS = {
    "1d": ((9,), (3,), 2, 3, ((1,), [(0, 0)], (1,), 1)),
    "1d-causal": ((9,), (3,), 2, 3, ((2,), [(4, 0)], (2,), 1)),
    "2d": ((6, 7), (3, 2), 2, 3, ((1, 1), [(0, 0), (0, 0)], (1, 1), 1)),
    "2d-same": ((6, 7), (3, 3), 2, 3, ((2, 2), [(0, 1), (1, 1)], (1, 1), 1)),
    "2d-both": ((6, 7), (3, 3), 2, 3, ((1, 1), [(1, 1), (1, 1)], (1, 1), 1)),
    "2d-dilated": ((7, 7), (2, 3), 2, 3, ((1, 1), [(1, 1), (2, 2)], (3, 2), 1)),
    "2d-groups": ((5, 5), (3, 3), 4, 6, ((2, 1), [(1, 1), (0, 0)], (1, 1), 2)),
    "2d-depthwise": ((5, 5), (3, 3), 3, 6, ((1, 1), [(1, 1), (1, 1)], (1, 1), 3)),
    "2d-points": ((6, 5), (1, 1), 9, 7, ((2, 1), [(0, 0), (1, 1)], (1, 1), 1)),
    "2d-deep": ((5, 5), (3, 3), 5, 2, ((1, 1), [(1, 1), (1, 1)], (1, 1), 1)),
    "2d-depthwise-dilated": ((7, 6), (3, 2), 3, 6, ((2, 1), [(1, 1), (0, 1)], (2, 3), 3)),
    "2d-groups-dilated": ((6, 6), (2, 3), 6, 4, ((1, 2), [(0, 1), (1, 1)], (2, 1), 2)),
    "2d-cropped": ((6, 6), (2, 2), 2, 3, ((1, 1), [(-1, 2), (0, -1)], (1, 1), 1)),
    "3d": ((4, 5, 4), (2, 3, 2), 2, 3, ((1, 2, 1), [(0, 1), (1, 1), (0, 0)], (1, 1, 1), 1)),
}
# space, window, channels, filters; strides, crop, dilation
TRANSPOSES = {
    "1d": ((5,), (3,), 2, 3, ((1,), [(0, 0)], (1,))),
    "1d-grown": ((4,), (2,), 2, 3, ((3,), [(0, -2)], (1,))),
    "1d-dilated": ((4,), (3,), 2, 3, ((2,), [(1, 2)], (3,))),
    "2d": ((3, 4), (3, 2), 2, 3, ((2, 1), [(0, 0), (0, 0)], (1, 1))),
    "2d-same": ((3, 4), (3, 3), 2, 3, ((2, 2), [(0, 1), (1, 1)], (1, 1))),
    "2d-mixed": ((4, 3), (4, 1), 2, 3, ((1, 3), [(2, 1), (0, -1)], (1, 2))),
    "3d": ((2, 3, 2), (2, 3, 2), 2, 3, ((1, 2, 1), [(0, 1), (1, 1), (0, 0)], (1, 1, 1))),
}
# space; size, strides, padding
POOLS = {
    "1d": ((8,), ((2,), (2,), [(0, 0)])),
    "1d-same": ((7,), ((3,), (2,), [(1, 1)])),
    "2d": ((6, 6), ((2, 2), (2, 2), [(0, 0), (0, 0)])),
    "2d-same": ((5, 6), ((3, 2), (2, 2), [(1, 1), (0, 1)])),
    "2d-overlap": ((5, 5), ((3, 3), (1, 1), [(0, 0), (0, 0)])),
    "2d-apart": ((7, 5), ((2, 1), (3, 2), [(0, 1), (0, 0)])),
    "2d-uneven": ((6, 8), ((4, 3), (3, 2), [(1, 1), (1, 0)])),
    "2d-large": ((10, 9), ((9, 8), (1, 1), [(0, 0), (0, 0)])),
    "3d": ((4, 4, 5), ((2, 2, 2), (2, 1, 2), [(0, 0), (1, 0), (0, 1)])),
}


def _products():
    for left, right in PRODUCTS:
        label, dtypes = f"{name_of(left)}-{name_of(right)}", FLOATS if len(left) == 3 else FLOAT
        case("matmul", label, [draw(*left), draw(*right, seed=1)], dtypes=dtypes)
    pair = [np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2)]
    case("matmul", "int", pair, dtypes=INTEGER)
    for subscripts, *shapes in SUMS:
        case(
            *("einsum", subscripts, [draw(*shape, seed=i) for i, shape in enumerate(shapes)]),
            lambda *xs, subscripts: np.einsum(subscripts, *xs),
            lambda e, *xs, subscripts: e.einsum(subscripts, *xs),
            named={"subscripts": subscripts},
        )


def _convolutions():
    for label, (space, window, channels, filters, how) in CONVOLUTIONS.items():
        kernel = draw(*window, channels // how[-1], filters, seed=1)
        _windows("conv", label, [draw(2, *space, channels), kernel], how)
    for label, (space, window, channels, filters, how) in TRANSPOSES.items():
        kernel = draw(*window, filters, channels, seed=1)
        _windows("conv_transpose", label, [draw(2, *space, channels), kernel], how)


def _windows(name, label, inputs, how):
    dtypes = INTEGER if "int" in label else FLOATS if label == "2d-same" else FLOAT
    case(name, label, inputs, getattr(windows, name), args=how, dtypes=dtypes)


def _pools():
    whole, deep = np.arange(-8, 8), np.arange(-18, 18)
    for name in ("max_pool", "sum_pool"):
        for label, (space, how) in POOLS.items():
            _windows(name, label, [draw(2, *space, 3)], how)
        _windows(name, "int", [whole.reshape(1, 4, 4, 1)], ((2, 2), (2, 2), [(0, 1), (0, 1)]))
        how = ((2, 1, 2), (1, 2, 2), [(0, 1), (0, 0), (1, 0)])
        _windows(name, "int-3d", [deep.reshape(1, 2, 3, 3, 2)], how)


_products()
_convolutions()
_pools()
