"""Each primitive of NumPy, or its nodes where one of its arguments belongs to a graph."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina.engine.contract import refusal
from lamina.engine.current import load
from lamina.engine.onnx import control, elementwise, structure
from lamina.engine.onnx.graph import Size, tracing
from lamina.engine.onnx.value import Value, in_graph

NUMPY = load("numpy")
ENTIRE = [name for name, member in vars(NUMPY).items() if callable(member)]
TRACED: dict[str, Callable] = {
    **elementwise.TRACED,
    **structure.MOVED,
    **structure.WINDOWED,
    "getitem": structure.getitem,
    "cumprod": in_graph(control.cumprod),
}


_REASONS = {
    "ONNX has no operator for it.": "erfinv gammainc i0 nextafter view argwhere",
    "by ONNX's operators it would be inexact where it is small.": "erfc",
    "ONNX has no complex numbers.": "make_complex real imag conj fft ifft rfft irfft",
    "ONNX has no linear algebra but products and determinants.": "cholesky qr svd singular_values eigh eig solve "
    "solve_triangular lu_factor slogdet",
    "it draws from a key that is known only when the graph runs, and ONNX's draws take none.": "uniform normal "
    "integers gamma binomial",
}
REASONS = {name: reason for reason, names in _REASONS.items() for name in names.split()}


def lifted(name: str) -> Callable:
    """Return the primitive `name` for arrays with values and without."""
    eager = getattr(NUMPY, name)
    emit = TRACED.get(name) or functools.partial(_refuse, name)

    def call(*args: Any, **named: Any) -> Any:
        if tracing.get() is not None and _of_graph((args, *named.values())):
            return emit(*args, **named)
        return eager(*args, **named)

    return call


def _refuse(name: str, *args: Any, **named: Any) -> Any:
    raise refusal("onnx", name, REASONS[name])


def _of_graph(x: Any) -> bool:
    """Tell whether an argument belongs to a graph, or something in it."""
    kind = type(x)
    if kind is tuple or kind is list:
        return any(map(_of_graph, x))
    if kind is slice:
        return _of_graph((x.start, x.stop, x.step))
    return kind is Value or kind is Size
