"""Rows of the table: scatters, segments, functions of distributions."""

import math

import numpy as np

from lamina.testing.contract.cases import FLOAT, case, draw

IDS = np.array([2, 0, 2, -1, 5, 2, 0], "int32")
COMBINE = {  # and the neutral element
    "sum": (np.add, 0),
    "prod": (np.multiply, 1),
    "max": (np.maximum, -np.inf),
    "min": (np.minimum, np.inf),
}


def _scatter_set(x, indices, updates):
    result = x.copy()
    result[tuple(indices.T)] = updates
    return result


def _segment(x, ids, count, how):
    combine, neutral = COMBINE[how]
    if x.dtype.kind == "i" and np.isinf(neutral):
        neutral = np.iinfo(x.dtype).min if neutral < 0 else np.iinfo(x.dtype).max
    result = np.full((count, *x.shape[1:]), neutral, x.dtype)
    for row, i in zip(x, ids, strict=True):
        if 0 <= i < count:
            result[i] = combine(result[i], row)
    return result


def _combining():
    for label, shape, indices, updates in (
        ("rows", (3, 2), [[2], [0]], (2, 2)),
        ("cells", (3, 3), [[0, 1], [2, 2]], (2,)),
    ):
        arrays = [draw(*shape), np.array(indices, "int32"), draw(*updates, seed=1)]
        case("scatter_set", label, arrays, _scatter_set)
    full = np.array([1, 0, 1, 2, 2, 1, 0], "int32")  # finite everywhere
    for how in COMBINE:
        for shape in ((7,), (7, 2)):
            x, label = draw(*shape), f"{how}-{len(shape)}"
            case("segment", label, [x, IDS], _segment, args=(4, how), smooth=False)
            case("segment", f"{label}-full", [x, full], _segment, args=(3, how))
        whole = np.arange(7, dtype="int32") % 5
        case("segment", f"{how}-int", [whole, IDS], _segment, args=(4, how), dtypes=FLOAT)
    zeros = np.array([0.0, 2.0, 3.0, 0.0, 0.0, 5.0, 7.0])
    ids = np.array([0, 0, 0, 1, 1, 2, 2], "int32")
    case("segment", "prod-zeros", [zeros, ids], _segment, args=(3, "prod"))


_erf_inverse = {  # of erf at 0.5 and 0.9: NIST's table and its symmetry
    -0.9: -1.1630871536766743,
    -0.5: -0.4769362762044699,
    0.0: 0.0,
    0.5: 0.4769362762044699,
    0.9: 1.1630871536766743,
}


def _functions():
    case("erfc", "1d", [draw(6)], np.vectorize(math.erfc))
    case("erfc", "far", [np.array([3.0, 5.5, 8.0])], np.vectorize(math.erfc), dtypes=FLOAT)
    points = np.array(list(_erf_inverse))
    case(
        *("erfinv", "points", [points]),
        lambda x: np.array([_erf_inverse[min(_erf_inverse, key=lambda y: abs(y - v))] for v in x]),
        dtypes=FLOAT,
        smooth=False,
    )
    # P(1, x) = 1 - exp(-x), P(1/2, x) = erf(sqrt(x)), P(2, x) = 1 - exp(-x)(1 + x).
    closed = {
        1.0: lambda x, a: -np.expm1(-x),
        0.5: lambda x, a: np.vectorize(math.erf)(np.sqrt(x)),
        2.0: lambda x, a: 1 - np.exp(-x) * (1 + x),
    }
    for a, formula in closed.items():
        case(
            *("gammainc", str(a), [draw(7, low=0.1, high=8)]),
            formula,
            lambda e, x, a: e.gammainc(e.full((7,), a, e.dtype(x)), x),
            args=(a,),
            dtypes=FLOAT,
        )


_combining()
_functions()
