"""Rows for reductions, running sums, and their like that pass over NaN."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, along, case, words

NAN = words("nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian")
PLACES = words("nanargmax nanargmin")
RUNNING = words("cumprod nancumsum nancumprod")
NUMBERS = [name for name in DTYPES if name != "bool"]


def _quantiles(draw: Callable) -> tuple:
    (x,), kwargs = along()(draw)
    q = draw(_SHARES)
    return [x, q], {**kwargs, "method": draw(_METHODS)}


_SHARES = st.sampled_from([0.5, np.float32(0.25), np.array([0.1, 0.9], "float32")])
_METHODS = st.sampled_from(["linear", "lower", "higher", "midpoint", "nearest"])

TABLE: dict[str, Callable] = {
    **dict.fromkeys([*NAN, "amax", "amin", "median"], along()),
    "ptp": along(NUMBERS),
    **dict.fromkeys(PLACES, along(several=False)),
    **dict.fromkeys(RUNNING, along(several=False, keep=False)),
    **dict.fromkeys(words("quantile percentile nanquantile nanpercentile"), _quantiles),
}

RNG = np.random.default_rng(3)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
GAPS = X.copy()
GAPS[0, 1] = GAPS[1, :, 2] = np.nan
J = RNG.integers(-3, 4, (2, 3, 4)).astype("int32")
BOOLS = X > 0
HALF = X.astype("float16")
TURNED = X.T[::-1, ::2]

AXES = [
    *(case(X), case(X, axis=1), case(X, axis=(0, -1), keepdims=True), case(J, axis=-1)),
    *(case(X[0, 0, 0]), case(TURNED, axis=-1), case(X, keepdims=True)),
]
GAPPED = [*AXES, case(GAPS), case(GAPS, axis=-1), case(GAPS, axis=(0, 1)), case(BOOLS, axis=0)]
ONE_AXIS = [case(X), case(J, axis=1), case(TURNED, axis=-1, keepdims=True)]
RUNS = [
    *(case(X), case(J, axis=1), case(BOOLS, axis=-1), case(J, axis=0, dtype="float32")),
    *(case(TURNED, axis=0), case(X[:, :0], axis=1)),
]
# Without 0.5: whether a tie is nearest to the lower or to the even place differs between Keras' engines.
Q = np.array([0.1, 0.3, 0.6, 0.9], "float32")
SHARES = [
    *(case(X, 0.3), case(X, Q, axis=1), case(X, Q, axis=(0, -1), keepdims=True), case(J, 0.5)),
    *(case(TURNED, 0.5, axis=0), case(GAPS, Q, axis=-1), case(X, [0.0, 1.0], axis=1)),
    *(case(X, Q, axis=-1, method=method) for method in ("lower", "higher", "midpoint", "nearest")),
]

CASES: dict[str, list] = {
    **dict.fromkeys(["amax", "amin", "ptp"], AXES),
    "median": [*AXES, case(GAPS), case(BOOLS), case(X[:, :2], axis=1)],
    **dict.fromkeys(NAN, GAPPED),
    **{key: [*ONE_AXIS, case(GAPS, axis=-1), case(GAPS), case(BOOLS)] for key in PLACES},
    **dict.fromkeys(RUNNING, RUNS),
    "cumprod": RUNS,
    **{name: [*RUNS, case(GAPS, axis=1)] for name in ("nancumsum", "nancumprod")},
    **dict.fromkeys(["quantile", "nanquantile"], SHARES),
    **{
        name: [case(x[0], np.multiply(x[1], np.float32(100)), **kwargs) for x, kwargs in SHARES]
        for name in ("percentile", "nanpercentile")
    },
}
ALONE = {*NAN, *PLACES, *RUNNING, "amax", "amin", "median", "ptp"}
TOLERANCE = dict.fromkeys(["nancumprod", "cumprod"], 2e-5)  # a product of 24 rounds 24 times
