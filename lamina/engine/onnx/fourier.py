"""Complex numbers and Fourier transforms: in the graph a complex array is a real one with an axis of two parts more."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.onnx.value import integers, node


def _part(i: int) -> Any:
    return lambda x: node("Gather", x, np.int64(i), axis=-1)


def _make_complex(real: Any, imag: Any) -> Any:
    parts = (node("Unsqueeze", part, integers(-1)) for part in (real, imag))
    return node("Where", np.array([True, False]), *parts)


def _along_last(x: Any, shape: Any, parts: int, count: int, **how: Any) -> Any:
    """Transform rows `(*shape, parts)`; older versions of DFT know no axis but that of three which is in the middle."""
    rows = node("Reshape", x, integers(-1, shape[-1], parts))
    result = node("DFT", rows, np.int64(how.pop("n", shape[-1])), **how)
    return node("Reshape", result, integers(*shape[:-1], count, 2))


def _transformed(inverse: int) -> Any:
    def emit(x: Any, axes: Any) -> Any:
        shape, result = [*x.shape], x
        for axis in axes:
            order = [*range(len(shape) + 1)]
            order[axis % len(shape)], order[len(shape) - 1] = len(shape) - 1, axis % len(shape)
            sizes = [shape[i] for i in order[:-1]]
            moved = node("Transpose", result, perm=order)
            moved = _along_last(moved, sizes, 2, sizes[-1], inverse=inverse)
            result = node("Transpose", moved, perm=order)
        return result

    return emit


def _rfft(x: Any, n: int) -> Any:
    return _along_last(x, x.shape, 1, n // 2 + 1, n=n, onesided=1)


COMPLEX = {
    "make_complex": _make_complex,
    "real": _part(0),
    "imag": _part(1),
    "fft": _transformed(0),
    "ifft": _transformed(1),
    "rfft": _rfft,
}
