"""Rows for moving elements: `structure`, `joining`, `repeating`, `padding`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, array, case, fixed, shapes, unary, words

RNG = np.random.default_rng(2)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
Y = RNG.normal(size=(3, 1)).astype("float32")
J = RNG.integers(-3, 4, (2, 3, 4)).astype("int32")
B = X > 0
ROW = np.array([0.5, -2.0, 3.0], "float32")
COUNTS = np.array([1, 2, 3], "int32")
NUMBER = np.float32(2.5)
NONE = np.zeros((0, 3), "float32")
THIN = X[:1, :, None]
SPREAD = np.array([3.0, 1.0, 4.0, 1.5], "float32")  # no ties: the median has a slope


def _joined(new_axis: bool) -> Callable:
    def row(draw: Callable) -> tuple:
        shape = draw(shapes(1))
        axis = draw(st.integers(-len(shape), len(shape) - 1))
        xs = []
        for _ in range(draw(st.integers(1, 3))):
            own = list(shape)
            if not new_axis:
                own[axis] = draw(st.integers(1, 3))
            xs.append(array(draw, tuple(own), DTYPES))
        return [xs], {"axis": axis}

    return row


def _several(draw: Callable) -> tuple:
    shape = draw(shapes())
    return [[array(draw, shape, DTYPES) for _ in range(draw(st.integers(1, 3)))]], {}


def _appended(draw: Callable) -> tuple:
    shape = draw(shapes(1))
    xs = [array(draw, shape, DTYPES) for _ in range(2)]
    return xs, {"axis": draw(st.sampled_from([None, 0, -1]))}


def _cut(draw: Callable) -> tuple:
    x = array(draw, (*draw(shapes(0, 1)), 6, *draw(shapes(0, 1))), DTYPES)
    axis = x.shape.index(6)
    return [x, draw(st.sampled_from([2, 3, [1, 4], [2]]))], {"axis": axis}


def _cut_unevenly(draw: Callable) -> tuple:
    (x, _), kwargs = _cut(draw)
    return [x, draw(st.integers(1, 7))], kwargs


def _reshaped(draw: Callable) -> tuple:
    target = draw(st.sampled_from([(24,), (-1,), (2, 12), (4, -1), (2, 3, -1, 1), -1]))
    return [array(draw, (2, 3, 4), DTYPES), target], {}


def _viewed(draw: Callable) -> tuple:
    x = array(draw, (2, 4), ["uint8", "int32", "float16", "bfloat16", "float32"])
    return [x, draw(st.sampled_from(["int8", "int32", "float16", None]))], {}


WIDE_CUTS = fixed((2,), ([1, 3],), shape=(4, 4, 4))
PLANES = fixed((1,), (2, (1, 2)), (-1, (0, -1)), (4, (2, 0)))

TABLE: dict[str, Callable] = {
    **dict.fromkeys(words("ravel transpose flip squeeze"), unary()),
    "broadcast_to": fixed(((5, 2, 3, 4),), ((2, 3, 4),)),
    "expand_dims": fixed((0,), (-1,), ((0, 2),)),
    "moveaxis": fixed((0, -1), ((0, 1), (1, 0))),
    "swapaxes": fixed((0, -1), (1, 2)),
    "reshape": _reshaped,
    "view": _viewed,
    "concatenate": _joined(new_axis=False),
    "stack": _joined(new_axis=True),
    "append": _appended,
    **dict.fromkeys(words("hstack vstack dstack column_stack"), _several),
    "split": _cut,
    "array_split": _cut_unevenly,
    **dict.fromkeys(words("hsplit vsplit dsplit"), WIDE_CUTS),
    "repeat": fixed((2,), (3, 1), (1, -1), ([1, 0, 2], 1)),
    "tile": fixed((2,), ((2, 1),), ((2, 1, 1, 3),)),
    **dict.fromkeys(words("fliplr flipud"), fixed(())),
    "rot90": PLANES,
    "roll": fixed((1,), (-2, 1), ((1, 2), (0, -1)), (3, (0, 1))),
    "pad": fixed(
        *((1,), (((1, 2), (0, 0), (2, 0)),), (((1, 2),), "constant", 3)),
        *((2, mode) for mode in words("edge reflect symmetric wrap maximum mean median")),
        *(((0, 3), "linear_ramp"), (1, "constant", (2, 3))),
        kinds=[name for name in DTYPES if name != "bool"],
    ),
}
WITHOUT_SYMBOLIC = {"ndim", "size"}
# They cut or join along the first axis, or it is said.
FIXED_SIZES = set(words("broadcast_to concatenate stack append hstack vstack dstack column_stack"))
FIXED_SIZES |= set(words("split array_split vsplit hsplit squeeze reshape view"))

MODES = words("edge linear_ramp maximum mean median minimum reflect symmetric wrap")
CASES: dict[str, list] = {
    "ndim": [case(X), case([1, 2]), case(2.5)],
    "size": [case(X), case(NONE), case(2.5)],
    "broadcast_to": [
        case(Y, (2, 3, 5)),
        case(NUMBER, (2,)),
        case(NONE, (2, 0, 3)),
        case(B, B.shape),
    ],
    "expand_dims": [case(X, 1), case(X, (0, -1)), case(NUMBER, 0), case(J, -2)],
    "moveaxis": [
        case(X, 0, -1),
        case(X, (0, 1), (1, 0)),
        case(J, [-1, 0], [0, 1]),
        case(NONE, 0, 1),
    ],
    "swapaxes": [case(X, 0, -1), case(B, 1, -2), case(NONE, 0, 1)],
    "reshape": [
        case(X, (4, -1)),
        case(X, (-1,)),
        case(X.T, 24),
        case(NUMBER, (1, 1)),
        case(NONE, 0),
    ],
    "ravel": [case(X), case(J.T), case(NUMBER), case(NONE), case(X[:, ::2])],
    "transpose": [case(X), case(J, (1, 0, 2)), case(X, (-1, 0, 1)), case(NUMBER), case(B)],
    "squeeze": [case(THIN), case(THIN, 0), case(THIN, (0, -2)), case(NUMBER), case(X), case(NONE)],
    "view": [
        *(
            case(ROW, "int32"),
            case(ROW),
            case(ROW[:2], "int16"),
            case(J, "uint8"),
            case(J, "float32"),
        ),
        *(case(J.astype("int8"), "int32"), case(NUMBER, "int32"), case(X[:, ::2], "int16")),
        *(case(B, "int8"), case(ROW.astype("float16")[:2], "float32"), case(NONE, "int32")),
    ],
    "concatenate": [
        *(case([X, X], 1), case([X, J], axis=-1), case([B, J[:1].astype("uint8")])),
        *(case([X, ROW], axis=None), case([NONE, NONE]), case([NONE, X[0, :, :3]])),
        case([X[:, ::2], J[:, ::2]], -2),
    ],
    "stack": [case([X, X], 1), case([X, J], axis=-1), case([NUMBER, 1]), case(J), case([NONE], 2)],
    "append": [
        *(
            case(X, J),
            case(X, J, 1),
            case(ROW, 2),
            case(COUNTS, Y, None),
            case(NONE, X[:, :, 0], 0),
        ),
        case(COUNTS.astype("int8"), COUNTS.astype("uint8")),
    ],
    "hstack": [case([X, J]), case([ROW, COUNTS]), case([1, 2.5]), case([NONE, NONE]), case(X)],
    "vstack": [
        case([X, J]),
        case([ROW, COUNTS]),
        case([1, 2.5]),
        case([ROW, NONE]),
        case([COUNTS, X[0, :, :3]]),
    ],
    "dstack": [case([X, J]), case([ROW, COUNTS]), case([1, 2.5]), case([NONE, NONE]), case([Y, Y])],
    "split": [
        *(case(X, 2, axis=-1), case(X, [1, 2], axis=1), case(J, 3, 1), case(X, (), 0)),
        *(
            case(X, np.array([1, 3]), axis=-1),
            case(NONE, 3, -1),
            case(NONE, 2),
            case(X[:, ::2], 2, 1),
        ),
    ],
    "array_split": [case(X, 3, -1), case(J, 2, 1), case(X, 5), case(NONE, 2), case(X, 4, -1)],
    "hsplit": [case(X, 3), case(ROW, [1]), case(J, [1, 2])],
    "vsplit": [case(X, 2), case(ROW, 3), case(J, [1])],
    "dsplit": [case(X, 2), case(J, [1, 2])],
    "repeat": [
        *(case(X, 2, axis=1), case(X, 2), case(ROW, COUNTS), case(X, np.array([2, 0, 1]), 1)),
        *(case(B, 0), case(NUMBER, 3), case(NONE, 2, 1), case(J, np.array([2]), -1)),
    ],
    "tile": [
        *(case(X, 2), case(X, (2, 1, 1)), case(X, (2, 1, 1, 1)), case(ROW, 0), case(NUMBER, 2)),
        *(case(J, np.array([2, 1])), case(NONE, (2, 2)), case(B, ())),
    ],
    "flip": [
        case(X),
        case(J, 0),
        case(B, -1),
        case(X, (0, 2)),
        case(NUMBER),
        case(X, ()),
        case(NONE),
    ],
    "fliplr": [case(X), case(J), case(NONE)],
    "flipud": [case(X), case(ROW), case(NONE)],
    "rot90": [
        *(case(X), case(J, -1), case(X, 2, (2, 1)), case(X, 5, (-1, 0)), case(B, 0), case(NONE)),
        case(X[:, ::2], 3, (1, 2)),
    ],
    "roll": [
        *(
            case(X, 2),
            case(J, -1, 1),
            case(X, (1, -1), (0, 2)),
            case(X, 1, (0, 1)),
            case(ROW, (1, 2)),
        ),
        *(
            case(ROW, (1, 2), (0, 0)),
            case(NONE, 1, 0),
            case(X, 24),
            case(B, 7, -1),
            case(NUMBER, 1),
        ),
    ],
    "pad": [
        *(case(X, 1), case(X, ((0, 0), (1, 2), (0, 3)), constant_values=2.0), case(B, 1)),
        *(case(J, 1, constant_values=2.7), case(J, (1, 2), constant_values=(7, 8)), case(NONE, 1)),
        *(case(ROW, 0), case(X[:, ::2], ((1, 0),)), case(J, 1, mode="empty")),
        *(case(SPREAD, (2, 6), mode) for mode in MODES),
        *(case(J, ((1, 2), (0, 4), (3, 0)), mode) for mode in words("mean median linear_ramp")),
        *(case(X, ((1, 2), (0, 0), (0, 5)), mode) for mode in words("reflect wrap median")),
        *(case(X[:, :1], 2, mode) for mode in ("reflect", "symmetric", "wrap")),
        case(B, 1, "maximum"),
    ],
}
WITHOUT_ORACLE = {"column_stack"}  # Keras 3.15.1 has it not yet; tests/ops/test_structure.py
PAIRS = {"append"}
NOT_SMOOTH = WITHOUT_SYMBOLIC  # they say a Python int
ALONE = set(words("ravel transpose flip squeeze fliplr flipud rot90"))
