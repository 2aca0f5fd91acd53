"""Each primitive of NumPy, or its nodes where an argument belongs to the graph that is being traced."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from lamina.engine import elimination, rotations, special
from lamina.engine.contract import Engine, capability_of, is_of_core, named, refusal
from lamina.engine.current import load
from lamina.engine.numpy import convert
from lamina.engine.onnx import control, elementwise, fourier, fused, structure
from lamina.engine.onnx.graph import tracing
from lamina.engine.onnx.value import Value, in_graph

NUMPY = load("numpy")
_CAPABILITIES = (None, "compiles", "draws")
OF_NUMPY = {
    k: v for k, v in vars(NUMPY).items() if callable(v) and capability_of(k) in _CAPABILITIES
}
_SPECIAL = (
    "expm1 log1p arctan2 erfc erfinv i0 left_shift right_shift any searchsorted cumprod conj irfft"
)
TRACED: dict[str, Callable] = structure.WHOLE | vars(named(special, _SPECIAL))
TRACED |= vars(named(elimination, "lu_factor slogdet solve solve_triangular cholesky"))
TRACED |= vars(named(rotations, "qr svd singular_values eigh"))
CONTROL = {k: getattr(control, k) for k in ("cond", "while_loop", "scan", "vmap")}
TRACED |= CONTROL
TRACED |= {k: in_graph(k, emit) for k, emit in (elementwise.TRACED | structure.COMPUTED).items()}
TRACED |= {k: in_graph(k, emit, moves=True) for k, emit in structure.MOVED.items()}
TRACED |= {k: in_graph(k, emit, is_complex=True) for k, emit in fourier.COMPLEX.items()}

_REASONS = {
    "ONNX has no operator for it.": "gammainc nextafter view argwhere eig",
    "it draws from a key that is known only when the graph runs, and ONNX's draws take none.": "uniform normal "
    "integers gamma binomial",
}
REASONS = {name: reason for reason, names in _REASONS.items() for name in names.split()}


def _lifted(name: str, eager: Callable) -> Callable:
    def refuse(*args: Any, **named: Any) -> Any:
        raise refusal("onnx", name, REASONS[name])

    emit = TRACED.get(name, refuse)

    def call(*args: Any, **named: Any) -> Any:
        is_traced = tracing.get() is not None and (
            name in CONTROL or _of_graph((args, *named.values()))
        )
        return (emit if is_traced else eager)(*args, **named)

    return call


def _of_graph(x: Any) -> bool:
    """Tell whether an argument belongs to a graph, or something in it."""
    kind = type(x)
    if kind is tuple or kind is list:
        return any(map(_of_graph, x))
    return kind is Value


def _asarray(x: Any, dtype: str | None = None) -> Any:
    """The contract's `asarray`; memory that somebody else may write to is copied."""
    if isinstance(x, Value):
        return x if dtype is None else TRACED["cast"](x, dtype)
    if isinstance(x, (list, tuple)) and _of_graph(x):
        return TRACED["stack"]([_asarray(part, dtype) for part in x], 0)
    result = NUMPY.asarray(x, dtype)
    shared = isinstance(x, np.ndarray) and x.flags.writeable and np.may_share_memory(x, result)
    return result.copy() if shared else result


LIFTED = SimpleNamespace(
    **{name: _lifted(name, member) for name, member in OF_NUMPY.items()}
    | {
        "name": "onnx",
        "array_types": (Value, *convert.array_types),
        "capabilities": "compiles draws",
        "untraced": {name: reason for name, reason in REASONS.items() if is_of_core(name)},
        "compiles_by_shape": False,
        "is_traced": lambda x: isinstance(x, Value),
        "asarray": _asarray,
        "abstract": NUMPY.abstract,
        "shape": convert.shape,
        "sizes": convert.shape,
        "dtype": convert.dtype,
        "to_numpy": convert.to_numpy,
    }
)
# In force while a graph is traced.
TRACER = Engine(LIFTED, SimpleNamespace(compile=lambda fn: fn, overrides=fused.overrides))
