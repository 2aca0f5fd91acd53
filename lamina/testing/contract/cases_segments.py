"""Rows of the table: scatters, segments, functions of distributions."""

from __future__ import annotations

import math

import numpy as np

from lamina.testing.contract.cases import FLOAT, case, draw

IDS = np.array([2, 0, 2, -1, 5, 2, 0], "int32")
COMBINE = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
NEUTRAL = {"sum": 0, "prod": 1, "max": -np.inf, "min": np.inf}


def _scatter_set(x, indices, updates):
    result = x.copy()
    result[tuple(indices.T)] = updates
    return result


def _segments(how, count, neutral):
    def reference(x, ids):
        result = np.full((count, *x.shape[1:]), neutral, x.dtype)
        for row, i in zip(x, ids, strict=True):
            if 0 <= i < count:
                result[i] = COMBINE[how](result[i], row)
        return result

    return reference


def _combining():
    for label, shape, indices, updates in (
        ("rows", (3, 2), [[2], [0]], (2, 2)),
        ("cells", (3, 3), [[0, 1], [2, 2]], (2,)),
    ):
        case(
            "scatter_set",
            label,
            [draw(*shape), np.array(indices, "int32"), draw(*updates, seed=1)],
            _scatter_set,
        )
    for how in COMBINE:
        for shape in ((7,), (7, 2)):
            case(
                *("segment", f"{how}-{len(shape)}", [draw(*shape), IDS]),
                _segments(how, 4, NEUTRAL[how]),
                lambda e, x, ids, how=how: e.segment(x, ids, 4, how),
                smooth=False,
            )
            full = np.array([1, 0, 1, 2, 2, 1, 0], "int32")  # finite everywhere
            case(
                *("segment", f"{how}-full-{len(shape)}", [draw(*shape), full]),
                _segments(how, 3, NEUTRAL[how]),
                lambda e, x, ids, how=how: e.segment(x, ids, 3, how),
            )
        whole = np.arange(7) % 5
        limits = np.iinfo("int32")
        case(
            *("segment", f"{how}-int", [whole.astype("int32"), IDS]),
            _segments(how, 4, {"max": limits.min, "min": limits.max}.get(how, NEUTRAL[how])),
            lambda e, x, ids, how=how: e.segment(x, ids, 4, how),
            dtypes=FLOAT,
        )
    zeros = np.array([0.0, 2.0, 3.0, 0.0, 0.0, 5.0, 7.0])
    case(
        *("segment", "prod-zeros", [zeros, np.array([0, 0, 0, 1, 1, 2, 2], "int32")]),
        _segments("prod", 3, 1),
        lambda e, x, ids: e.segment(x, ids, 3, "prod"),
    )


_erf_inverse = {  # of erf at 0.5 and 0.9: NIST's table and its symmetry
    -0.9: -1.1630871536766743,
    -0.5: -0.4769362762044699,
    0.0: 0.0,
    0.5: 0.4769362762044699,
    0.9: 1.1630871536766743,
}


def _functions():
    case("erfc", "1d", [draw(6)], np.vectorize(math.erfc))
    case(
        *("erfc", "far", [np.array([3.0, 5.5, 8.0])]), np.vectorize(math.erfc), dtypes=("float32",)
    )
    points = np.array(list(_erf_inverse))
    case(
        *("erfinv", "points", [points]),
        lambda x: np.array([_erf_inverse[min(_erf_inverse, key=lambda y: abs(y - v))] for v in x]),
        dtypes=FLOAT,
        smooth=False,
    )
    # P(1, x) = 1 - exp(-x), P(1/2, x) = erf(sqrt(x)), P(2, x) = 1 - exp(-x)(1 + x).
    closed = {
        1.0: lambda x: -np.expm1(-x),
        0.5: lambda x: np.vectorize(math.erf)(np.sqrt(x)),
        2.0: lambda x: 1 - np.exp(-x) * (1 + x),
    }
    for a, formula in closed.items():
        case(
            *("gammainc", str(a), [draw(7, low=0.1, high=8)]),
            formula,
            lambda e, x, a=a: e.gammainc(e.full((7,), a, e.dtype(x)), x),
            dtypes=FLOAT,
        )


_combining()
_functions()
