"""More elementwise functions on NumPy: trigonometry, bits, complex numbers, searching."""

from __future__ import annotations

import numpy as np

from lamina.engine.numpy.arrays import binary
from lamina.engine.numpy.convert import HALVES, quiet

tan, arcsin, arccos, arctan = quiet(np.tan), quiet(np.arcsin), quiet(np.arccos), quiet(np.arctan)
sinh, cosh, arcsinh = quiet(np.sinh), quiet(np.cosh), quiet(np.arcsinh)
arccosh, arctanh, arctan2 = quiet(np.arccosh), quiet(np.arctanh), binary(np.arctan2)

bitwise_and, bitwise_or, bitwise_xor = np.bitwise_and, np.bitwise_or, np.bitwise_xor
bitwise_not, left_shift, right_shift = np.bitwise_not, np.left_shift, np.right_shift

real, imag, conj = np.real, np.imag, np.conj
nextafter = quiet(np.nextafter)


def make_complex(real, imag):
    result = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real, 1j))
    result.real, result.imag = real, imag
    return result


@quiet
def i0(x):
    # NumPy's own sum loses its last bits in single precision.
    return np.i0(x.astype(np.float64)).astype(x.dtype)


def searchsorted(ordered, x, right):
    if x.dtype in HALVES:  # NumPy sorts bfloat16, but does not search it
        ordered, x = ordered.astype(np.float32), x.astype(np.float32)
    found = np.searchsorted(ordered, x, side="right" if right else "left")
    return np.asarray(found, np.int32)


def argwhere(x):
    return np.argwhere(x).astype(np.int32)


@quiet
def cumprod(x, axis):
    if x.dtype in HALVES:
        return np.cumprod(x.astype(np.float32), axis=axis).astype(x.dtype)
    return np.cumprod(x, axis=axis, dtype=x.dtype)
