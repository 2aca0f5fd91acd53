"""Window functions: weights that fade out towards both ends of a piece of a signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import settings
from lamina.core.op import engine, is_symbolic
from lamina.ops.core import convert_to_numpy

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


def bartlett(x: Any) -> Any:
    """Return the triangular window with `x` points and zeros at its ends, in `floatx`.

    Example:
        >>> bartlett(5).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _window("bartlett", np.bartlett, x)


def blackman(x: Any) -> Any:
    """Return Blackman's window with `x` points: three cosine terms, in `floatx`."""
    return _window("blackman", np.blackman, x)


def hamming(x: Any) -> Any:
    """Return Hamming's window with `x` points: `0.54 - 0.46 cos`, in `floatx`."""
    return _window("hamming", np.hamming, x)


def hanning(x: Any) -> Any:
    """Return the window of von Hann with `x` points: `0.5 - 0.5 cos`, in `floatx`."""
    return _window("hanning", np.hanning, x)


def kaiser(x: Any, beta: Any) -> Any:
    """Return Kaiser's window with `x` points, in `floatx`; the larger `beta`, the narrower.

    Source: J. F. Kaiser, Digital filters, in: System analysis by digital computer, 1966.
    """
    return _window("kaiser", np.kaiser, x, beta)


def _window(name: str, formula: Callable, *arguments: Any) -> Any:
    """Compute a window on the host, once: its length is never a value of the model."""
    if any(is_symbolic(x) for x in arguments):
        raise TypeError(f"ops.{name} takes numbers: a symbolic tensor has no value yet.")
    points, *rest = (convert_to_numpy(x) for x in arguments)
    values = formula(int(points), *(float(number) for number in rest))
    return engine().asarray(values, settings.floatx())
