"""Rows of the table that move elements, index, or create."""

import operator

import numpy as np

from lamina.testing.contract.cases import FLOAT, INTEGER, case, draw, name_of


def _moving():
    rows = (
        ("reshape", "infer", (2, 6), (3, -1)),
        ("reshape", "scalar", (1,), ()),
        ("reshape", "empty", (0, 3), (3, 0)),
        ("transpose", "3d", (2, 3, 4), (2, 0, 1)),
        ("transpose", "negative", (2, 3), (-1, -2)),
        ("broadcast_to", "up", (3, 1), (2, 3, 4)),
        ("broadcast_to", "scalar", (), (2,)),
    )
    for name, label, shape, to in rows:
        case(name, label, [draw(*shape)], args=(to,))
    for axis in (0, -1):
        for name in ("concatenate", "stack"):
            case(
                *(name, str(axis), [draw(2, 3), draw(2, 3, seed=1)]),
                lambda x, y, name, axis: getattr(np, name)([x, y], axis=axis),
                lambda e, x, y, name, axis: getattr(e, name)([x, y], axis),
                args=(name, axis),
            )
    case("pad", "zero", [draw(2, 3)], args=([(1, 0), (0, 2)],))
    case("pad", "value", [draw(2)], _padded, args=([(1, 2)], 5.0))
    case("pad", "int", [np.array([1, 2])], args=([(1, 2)],), dtypes=INTEGER)
    for axis in (None, 1, (0, -1)):
        case("flip", str(axis), [draw(2, 3)], named={"axis": axis}, dtypes=FLOAT)


KEYS = {
    "int": 1,
    "negative": -1,
    "slice": slice(1, None),
    "step": (slice(None), slice(0, 4, 2)),
    "backward": (Ellipsis, slice(None, None, -1)),
    "backward-step": (slice(None), slice(None, 0, -2)),
    "none": (None, 0, ..., None),
    "list": ([2, 0],),
    "array": (slice(None), np.array([[0, 3], [1, 1]])),
    "pair": (np.array([0, 2]), np.array([1, 3])),
    "apart": (0, slice(None), np.array([1, 0])),
    "mixed": (slice(None, None, -1), np.array([2, 0]), slice(1)),
    "mask": (np.array([True, False, True]),),
    "all": (),
    "scalar-array": (slice(None), np.array(2)),
    "scalar-array-end": (np.array(-1), slice(None, None, -1), None),
    "scalar-arrays": (np.array(1), slice(None), np.array([0, 1, 1])),
}


def _padded(x, widths, value):
    return np.pad(x, widths, "constant", constant_values=value)


def _indexing():
    for label, key in KEYS.items():
        case("getitem", label, [draw(3, 4, 2)], operator.getitem, args=(key,), dtypes=FLOAT)
    rows = np.array([[0, 2], [2, 1]], "int32")
    for axis in (0, 1, -1):
        case("take", str(axis), [draw(3, 3, 3), rows], named={"axis": axis})
    for label, indices in (("bytes", rows.astype("uint8")), ("scalar", np.array(2, "int32"))):
        case("take", label, [draw(3, 2), indices], named={"axis": 0}, dtypes=FLOAT)
    case("take_along_axis", "1", [draw(2, 3), rows], named={"axis": 1})
    for label, shape, indices, updates in (
        ("rows", (3, 2), [[0], [2], [0]], (3, 2)),
        ("cells", (3, 3), [[0, 1], [2, 2], [0, 1]], (3,)),
    ):
        arrays = [draw(*shape), np.array(indices, "int32"), draw(*updates, seed=1)]
        case("scatter_add", label, arrays, _scatter_add)


def _scatter_add(x, indices, updates):
    result = x.copy()
    np.add.at(result, tuple(indices.T), updates)
    return result


def _creation():
    for dtype in ("float32", "int32", "bfloat16", "uint8", "bool"):
        _created("full", dtype, ((2, 3), 1), dtype)
    for shape in ((), (0, 2)):
        _created("full", name_of(shape), (shape, 2.5), "float32")
    for span, dtype in (
        ((2, 12, 3), "float32"),
        ((2, 12, 3), "int32"),
        ((2, 12, 3), "bfloat16"),
        ((0, 1, 0.25), "float32"),
        ((5, 0, -2), "float32"),
    ):
        _created("arange", f"{span}-{dtype}", span, dtype)


def _created(name, label, args, dtype):
    exact = "float64" if "float" in dtype else dtype
    case(
        *(name, label, [], lambda *args: getattr(np, name)(*args).astype(exact)),
        lambda e, *args: getattr(e, name)(*args, dtype),
        args=args,
        dtypes=(dtype,),
    )


_moving()
_indexing()
_creation()
