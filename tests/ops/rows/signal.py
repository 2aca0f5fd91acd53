"""Rows for Fourier transforms and frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import FLOATS, array, case, fixed

RNG = np.random.default_rng(4)
RE, IM = (RNG.normal(size=(2, 3, 6)).astype("float32") for _ in range(2))
X = RNG.normal(size=(2, 20)).astype("float32")
OWN = RNG.uniform(0.5, 1.5, 6).astype("float32")
TRANSFORM = RNG.normal(size=(2, 2, 7, 5)).astype("float32")
SIZES = (6, 3, 8)


def _pair(shape: tuple, *more: tuple) -> Callable:
    def row(draw: Callable) -> tuple:
        kind = [draw(st.sampled_from(FLOATS))]
        pair = (array(draw, shape, kind), array(draw, shape, kind))
        return [pair, *draw(st.sampled_from(more or [()]))], {}

    return row


def _frames(draw: Callable) -> tuple:
    kwargs = {
        "window": draw(st.sampled_from(["hann", "hamming", None])),
        "center": draw(st.booleans()),
    }
    return [array(draw, (2, 20), FLOATS), *SIZES], kwargs


TABLE = {
    "fft": _pair((2, 3, 4)),
    "fft2": _pair((2, 3, 4)),
    "ifft2": _pair((2, 3, 4)),
    "rfft": fixed((), (3,), (8,)),
    "irfft": _pair((2, 5), (), (7,), (12,)),
    "extract_sequences": fixed((2, 1), (3, 2), (9, 1)),
    "stft": _frames,
    "istft": _pair((2, 7, 5), SIZES, (*SIZES, 18)),
}
CASES = {
    **{name: [case((RE, IM)), case((RE[0], IM[0]))] for name in ("fft2", "ifft2")},
    "fft": [case((RE, IM)), case((RE[0, 0], IM[0, 0])), case([RE[..., :5], IM[..., :5]])],
    "rfft": [case(X), case(X, 7), case(X, fft_length=32), case(np.arange(5, dtype="int32"))],
    "irfft": [case((RE, IM)), case((RE, IM), 9), case((RE, IM), fft_length=16)],
    "extract_sequences": [
        *(case(X, n, step) for n, step in ((4, 3), (20, 1), (5, 7))),
        case(np.arange(10, dtype="int32"), 4, 3),
        case(X[:, :3], 4, 3),
    ],
    "stft": [
        *(case(X, *SIZES, window=w, center=c) for w in ("hann", "hamming", None) for c in (0, 1)),
        case(X[0], 5, 3, 7),
        case(X, *SIZES, window=OWN),
    ],
    "istft": [
        *(case(tuple(TRANSFORM), *SIZES, length=n) for n in (None, 18, 30)),
        *(case(tuple(TRANSFORM), *SIZES, window=w) for w in ("hamming", OWN)),
        *(case(tuple(TRANSFORM), *SIZES, length=n, center=False) for n in (None, 18)),
        case(tuple(TRANSFORM), 8, 2, 8),
    ],
}
