"""Discrete Fourier transforms on NumPy, whose older versions compute all in double precision."""

from __future__ import annotations

import numpy as np

_COMPLEX = {"float32": np.complex64, "float64": np.complex128}
_REAL = {"complex64": np.float32, "complex128": np.float64}


def fft(x, axes):
    return np.fft.fftn(x, axes=axes).astype(x.dtype)


def ifft(x, axes):
    return np.fft.ifftn(x, axes=axes).astype(x.dtype)


def rfft(x, n):
    return np.fft.rfft(x, n).astype(_COMPLEX[x.dtype.name])


def irfft(x, n):
    return np.fft.irfft(x, n).astype(_REAL[x.dtype.name])
