"""Complex numbers and Fourier transforms: in the graph a complex array is a real one with an axis of two parts more."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.current import engine
from lamina.engine.onnx.value import integers, node


def _part(i: int) -> Any:
    return lambda x: node("Gather", x, np.int64(i), axis=-1)


def _make_complex(real: Any, imag: Any) -> Any:
    parts = (node("Unsqueeze", part, integers(-1)) for part in (real, imag))
    return node("Where", np.array([True, False]), *parts)


def _transformed(inverse: int) -> Any:
    def emit(x: Any, axes: Any) -> Any:
        ndim = x.ndim
        for axis in axes:
            x = node("DFT", x, None, np.int64(axis % ndim), inverse=inverse)
        return x

    return emit


def _rfft(x: Any, n: int) -> Any:
    column = node("Unsqueeze", x, integers(-1))
    return node("DFT", column, np.int64(n), np.int64(x.ndim - 1), onesided=1)


def conj(x: Any) -> Any:
    """The contract's `conj`."""
    e = engine()
    return e.make_complex(e.real(x), e.negative(e.imag(x)))


def irfft(x: Any, n: int) -> Any:
    """The contract's `irfft`: the other half of the numbers are these, conjugated."""
    e, count = engine(), n // 2 + 1
    missing = max(count - e.shape(x)[-1], 0)
    halves = []
    for part in (e.real(x), e.imag(x)):
        widths = [(0, 0)] * (len(e.shape(part)) - 1) + [(0, missing)]
        halves.append(e.getitem(e.pad(part, widths), (..., slice(0, count))))
    real, imag = (e.getitem(half, (..., slice(n - count, 0, -1))) for half in halves)
    others = real, e.negative(imag)
    both = (e.concatenate(pair, -1) for pair in zip(halves, others, strict=True))
    return e.real(e.ifft(e.make_complex(*both), axes=(-1,)))


COMPLEX = {
    "make_complex": _make_complex,
    "real": _part(0),
    "imag": _part(1),
    "fft": _transformed(0),
    "ifft": _transformed(1),
    "rfft": _rfft,
}
