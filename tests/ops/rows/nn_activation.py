"""Rows for the activations beyond the first networks', which are in `basic`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import FLOATS, array, case, shapes, unary, words
from tests.ops.rows.basic import SPECIAL, J, X

SMOOTH = words("celu squareplus tanh_shrink swish")
PIECES = words("hard_shrink hard_silu hard_swish hard_tanh soft_shrink sparse_plus sparse_sigmoid")


def _even(draw: Callable) -> tuple:
    before, after = draw(shapes(0, 2)), draw(shapes(0, 1))
    x = array(draw, (*before, 2 * draw(st.integers(1, 3)), *after), FLOATS)
    return [x], {"axis": len(before)}


def _along(draw: Callable) -> tuple:
    x = array(draw, draw(shapes(1)), FLOATS)
    return [x], {"axis": draw(st.integers(-x.ndim, x.ndim - 1))}


def _threshold(draw: Callable) -> tuple:
    (x,), _ = unary()(draw)
    return [x, draw(st.sampled_from([0, 0.5])), draw(st.sampled_from([0, 2, 0.25]))], {}


TABLE = {
    **dict.fromkeys([*SMOOTH, *PIECES], unary()),
    "glu": _even,
    "sparsemax": _along,
    "threshold": _threshold,
}

HALF = (3 * X).astype("float16")
WIDE = 3 * X
# Neither far from 0, where float32's squares overflow, nor what Keras' own cancellation spoils.
CALM = np.array([0.0, -0.0, 1e-30, 3.0, -3.0, np.nan], "float32")
USUAL = [case(X), case(WIDE), case(J), case(HALF), case(SPECIAL)]

CASES = {
    **dict.fromkeys(PIECES, USUAL),
    "celu": [*USUAL, case(X, alpha=0.5), case(X, 2.0)],
    "hard_shrink": [*USUAL, case(X, threshold=0.2)],
    "soft_shrink": [*USUAL, case(X, 0.2)],
    "squareplus": [case(X), case(WIDE, b=1), case(J), case(HALF), case(CALM)],
    "swish": [case(X), case(HALF), case(SPECIAL)],
    "tanh_shrink": [case(WIDE), case(J), case(HALF), case(SPECIAL[:1])],
    "glu": [case(X), case(WIDE[:, :2], axis=1), case(HALF)],
    "threshold": [case(X, 0.5, 2.0), case(J, 0, -1), case(J, 0.5, 0.5), case(HALF, 1, 0)],
}
# Keras' own does not sum to 1: see `tests/ops/test_sparsemax.py`.
WITHOUT_ORACLE = {"sparsemax"}
ALONE = {*PIECES, "celu", "squareplus", "tanh_shrink", "sparsemax"}
NOT_SMOOTH = {*PIECES, "celu", "threshold"}
