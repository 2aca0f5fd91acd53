"""Rows for ops that work element by element; those of the first networks are in `basic`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, FLOATS, array, binary, case, fixed, shapes, unary, words

WHOLE = ["uint8", "int32"]
CIRCULAR = words("tan arctan sinh arcsinh deg2rad rad2deg sinc i0")
BOUNDED = words("arcsin arccos arctanh")
POSITIVE = words("log2 log10 reciprocal")
PLAIN = words("exp2 cbrt fabs trunc")
TESTS = words("isposinf isneginf signbit")
UNARY = [*CIRCULAR, *BOUNDED, *POSITIVE, *PLAIN, *TESTS, "cosh", "arccosh", "nan_to_num"]
BINARY = words("fmax fmin hypot logaddexp logaddexp2 heaviside isclose allclose arctan2")
BITS = words("bitwise_and bitwise_or bitwise_xor")
SHIFTS = words("left_shift right_shift bitwise_left_shift bitwise_right_shift")
INVERTED = words("bitwise_not bitwise_invert")


def _whole_pair(draw: Callable) -> tuple:
    shape = draw(shapes())
    x, y = array(draw, shape, WHOLE), array(draw, shape[:1] and (1,), WHOLE)
    return [x, draw(st.sampled_from([y, 2]))], {}


def _ldexp(draw: Callable) -> tuple:
    shape = draw(shapes())
    return [array(draw, shape, DTYPES), array(draw, shape, WHOLE)], {}


def _pair_of_floats(draw: Callable) -> tuple:
    shape = draw(shapes())
    return [array(draw, shape, FLOATS), array(draw, shape, FLOATS)], {}


def _isin(draw: Callable) -> tuple:
    x = array(draw, draw(shapes()), DTYPES)
    return [x, array(draw, draw(shapes(1, 2)), DTYPES)], {"invert": draw(st.booleans())}


TABLE: dict[str, Callable] = {
    **dict.fromkeys(UNARY, unary()),
    **dict.fromkeys(BINARY, binary()),
    **dict.fromkeys(INVERTED, unary(["bool", *WHOLE])),
    **dict.fromkeys([*BITS, *SHIFTS, "gcd", "lcm"], _whole_pair),
    "fmod": binary(["int32", "uint8", *FLOATS]),
    "nextafter": _pair_of_floats,
    "ldexp": _ldexp,
    "isin": _isin,
    "round": fixed((), (1,), (-1,), kinds=[*WHOLE, *FLOATS]),
}

RNG = np.random.default_rng(2)
X = RNG.uniform(-2, 2, (2, 3, 4)).astype("float32")
Y = RNG.uniform(-2, 2, (3, 1)).astype("float32")
UNIT = RNG.uniform(-0.9, 0.9, (2, 3)).astype("float32")
OVER = RNG.uniform(1.1, 4, (2, 3)).astype("float32")
J = RNG.integers(-9, 10, (2, 3, 4)).astype("int32")
N = RNG.integers(1, 5, (3, 4)).astype("int32")
BYTES = RNG.integers(0, 200, (3, 4)).astype("uint8")
BOOLS = X > 0
HALF = UNIT.astype("float16")
ODD = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan], "float32")
LEFT, RIGHT = (side.ravel() for side in np.meshgrid(ODD, ODD))
LARGE = np.array([1e10, 2e10], "float32")


def several(x: np.ndarray) -> list:
    """In every form: as it is, without axes, empty, turned and with gaps, and odd."""
    return [case(x), case(x[..., 0].ravel()[0]), case(x[:0]), case(x.T[::-1, ::2]), case(ODD)]


CASES: dict[str, list] = {
    **{name: [*several(X), case(J)] for name in words("arctan sinh cosh arcsinh deg2rad rad2deg")},
    **{name: several(X[0]) for name in ("tan", "i0", "cbrt", "exp2")},
    "sinc": [*several(X[0])[:-1], case(ODD[np.isfinite(ODD)])],  # of infinity JAX changed its mind
    **{name: several(UNIT) for name in BOUNDED},
    **{name: several(OVER) for name in ("arccosh", "log2", "log10", "reciprocal")},
    **{name: [*several(X), case(J), case(BOOLS), case(HALF)] for name in (*TESTS, "fabs", "trunc")},
    "nan_to_num": [
        *(*several(X), case(J), case(BOOLS), case(ODD.astype("float16"))),
        case(ODD, nan=2.0, posinf=3.0, neginf=-4.0),
    ],
    **{
        name: [case(X, Y), case(J, N), case(X, N), case(X, 2), case(1.5, J), case(LEFT, RIGHT)]
        for name in BINARY
    },
    "heaviside": [case(X, Y), case(J, N), case(X, 0.5), case(LEFT, RIGHT)],
    "hypot": [case(X, Y), case(J, N), case(X, 2), case(LARGE * 1e20, LARGE * 1e20), case(ODD, 1.0)],
    "fmod": [case(X, Y), case(J, N), case(J, 3), case(-7.5, OVER), case(BYTES, N), case(X[:0], Y)],
    "isclose": [
        *(case(X, X + np.float32(1e-6)), case(X, Y, rtol=0.5), case(J, J + 1), case(LEFT, RIGHT)),
        case(LEFT, RIGHT, equal_nan=True),
        case(X, 0.0, atol=1.0),
    ],
    "allclose": [case(X, X + np.float32(1e-6)), case(X, Y), case(ODD, ODD, equal_nan=True)],
    "isin": [
        *(case(J, N), case(X, X[0, 0]), case(J, [1, 2], invert=True), case(J[0, 0, 0], N)),
        *(case(J, N[:0]), case(ODD, ODD), case(BOOLS, [True]), case(BYTES, J)),
    ],
    **{
        name: [case(J, N), case(J, 3), case(BYTES, BYTES[0]), case(BOOLS, BOOLS[0])]
        for name in BITS
    },
    **{name: [case(J, N), case(J, 2), case(BYTES, np.uint8(1)), case(BOOLS, 1)] for name in SHIFTS},
    **{name: [case(J), case(BYTES), case(BOOLS), case(J[0, 0, 0])] for name in INVERTED},
    **{
        name: [case(J, N), case(J, 6), case(BYTES, N), case(J[:0], N), case(J.T, 12)]
        for name in ("gcd", "lcm")
    },
    "ldexp": [case(X, J), case(X, 3), case(J, N), case(X, J * 12), case(HALF, N[:2, :3])],
    "nextafter": [case(X, Y), case(HALF, np.float16(2)), case(ODD, 1.0), case(J, N)],
    "round": [
        *(case(X), case(X, 1), case(X * 100, -1), case(J, -1), case(J * 5, -1), case(J, 2)),
        case(ODD),
    ],
}
PAIRS = {*BINARY, *BITS, "fmod", "nextafter", "gcd", "lcm", "left_shift", "right_shift"}
WITHOUT_NUMBERS = {"arctan2", "logaddexp", "logaddexp2"}
ALONE = {*UNARY, *INVERTED, "round"}
# Steps, or a corner within the cases.
NOT_SMOOTH = {*TESTS, "trunc", "heaviside", "round", "isclose", "allclose", "nextafter", "ldexp"}
NOT_SMOOTH |= {"fmod"}
