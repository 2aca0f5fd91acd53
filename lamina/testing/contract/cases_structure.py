"""Rows of the table that move elements, index, or create."""

from __future__ import annotations

import numpy as np

from lamina.testing.contract.cases import FLOAT, INTEGER, case, draw, name_of


def _moving():
    case(
        *("reshape", "infer", [draw(2, 6)]),
        lambda x: x.reshape(3, -1),
        lambda e, x: e.reshape(x, (3, -1)),
    )
    rows = (
        ("reshape", "scalar", (1,), ()),
        ("reshape", "empty", (0, 3), (3, 0)),
        ("transpose", "3d", (2, 3, 4), (2, 0, 1)),
        ("transpose", "negative", (2, 3), (-1, -2)),
        ("broadcast_to", "up", (3, 1), (2, 3, 4)),
        ("broadcast_to", "scalar", (), (2,)),
    )
    for name, label, shape, to in rows:
        case(
            *(name, label, [draw(*shape)]),
            lambda x, name=name, to=to: getattr(np, name)(x, to),
            lambda e, x, name=name, to=to: getattr(e, name)(x, to),
        )
    for axis in (0, -1):
        for name in ("concatenate", "stack"):
            case(
                *(name, str(axis), [draw(2, 3), draw(2, 3, seed=1)]),
                lambda x, y, name=name, axis=axis: getattr(np, name)([x, y], axis=axis),
                lambda e, x, y, name=name, axis=axis: getattr(e, name)([x, y], axis),
            )
    widths = [(1, 0), (0, 2)]
    case("pad", "zero", [draw(2, 3)], lambda x: np.pad(x, widths), lambda e, x: e.pad(x, widths))
    case(
        "pad",
        "value",
        [draw(2)],
        lambda x: np.pad(x, [(1, 2)], constant_values=5),
        lambda e, x: e.pad(x, [(1, 2)], 5.0),
    )
    case(
        "pad",
        "int",
        [np.array([1, 2])],
        lambda x: np.pad(x, [(1, 2)]),
        lambda e, x: e.pad(x, [(1, 2)]),
        dtypes=INTEGER,
    )
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


def _indexing():
    for label, key in KEYS.items():
        case(
            *("getitem", label, [draw(3, 4, 2)]),
            lambda x, key=key: x[key],
            lambda e, x, key=key: e.getitem(x, key),
            dtypes=FLOAT,
        )
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
        case(
            "scatter_add",
            label,
            [draw(*shape), np.array(indices, "int32"), draw(*updates, seed=1)],
            _scatter_add,
        )


def _scatter_add(x, indices, updates):
    result = x.copy()
    np.add.at(result, tuple(indices.T), updates)
    return result


def _creation():
    for dtype in ("float32", "int32", "bfloat16", "uint8", "bool"):
        known = "float64" if dtype == "bfloat16" else dtype
        case(
            *("full", dtype, []),
            lambda known=known: np.full((2, 3), 1, known),
            lambda e, dtype=dtype: e.full((2, 3), 1, dtype),
            dtypes=(dtype,),
        )
    for shape in ((), (0, 2)):
        case(
            *("full", name_of(shape), []),
            lambda shape=shape: np.full(shape, 2.5),
            lambda e, shape=shape: e.full(shape, 2.5, "float32"),
            dtypes=FLOAT,
        )
    for span, dtype in (
        ((2, 12, 3), "float32"),
        ((2, 12, 3), "int32"),
        ((2, 12, 3), "bfloat16"),
        ((0, 1, 0.25), "float32"),
        ((5, 0, -2), "float32"),
    ):
        known = "int32" if dtype == "int32" else "float64"
        case(
            *("arange", f"{span}-{dtype}", []),
            lambda span=span, known=known: np.arange(*span).astype(known),
            lambda e, span=span, dtype=dtype: e.arange(*span, dtype),
            dtypes=(dtype,),
        )


_moving()
_indexing()
_creation()
