"""Rows for complex numbers, and for arithmetic on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.ops.drawing import DTYPES, array, case, shapes, words

RNG = np.random.default_rng(1)
NAMES = words("angle conj conjugate imag isreal real")


def _complex_or_real(draw: Callable) -> tuple:
    return [array(draw, draw(shapes()), [*DTYPES, "complex64"])], {}


Z = (RNG.normal(size=(2, 3)) + 1j * RNG.normal(size=(2, 3))).astype("complex64")
X = RNG.normal(size=(2, 3)).astype("float32")
ODD = np.array([1 + 0j, -1, 0, 2j, -2j, np.inf, np.nan], "complex64")
SPECIAL = np.array([0.0, -0.0, -3, np.inf, -np.inf, np.nan], "float32")

TABLE = dict.fromkeys(NAMES, _complex_or_real)
CASES = {
    name: [
        *(case(Z), case(Z.T[::-1]), case(ODD), case(Z[:0]), case(Z[0, 0])),
        *(case(X), case(SPECIAL), case(np.array([-1, 0, 2], "int32")), case(X > 0)),
    ]
    for name in NAMES
}
ALONE = {*NAMES}
