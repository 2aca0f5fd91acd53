"""One table of dtype promotion for all engines, which disagree on the simplest cases.

The table is a lattice: two dtypes become the nearest dtype that both can reach along `_WIDER`.
Python scalars are *weak* (`"int"`, `"float"`): they take the dtype of what they meet, and become
int32 and `floatx` where they meet only each other.

Source: the promotion lattice of JAX (docs "Type promotion semantics"), which Keras 3 adopts.
"""

from functools import cache
from typing import Any

import numpy as np

from lamina.core import settings
from lamina.engine.names import EXTENSIONS

_WIDER = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}
# A complex scalar needs no weak kind: complex64 is the least complex dtype there is.
_WEAK = {bool: "bool", int: "int", float: "float", complex: "complex64"}

ALL = tuple(name for name in _WIDER if name not in ("int", "float"))
FLOATS8 = ("float8_e4m3fn", "float8_e5m2")
"""Floats of 8 bits: variables hold them and casts make them, but nothing is converted to or from them otherwise."""
STRING = "string"
"""The dtype of symbolic tensors that stand for strings, which only the host computes with."""
_NAMES = frozenset({*ALL, *FLOATS8, STRING})
FLOATS = frozenset({"bfloat16", "float16", "float32", "float64"})
HALVES = frozenset({"bfloat16", "float16"})
COMPLEXES = frozenset({"complex64", "complex128"})
INEXACT = FLOATS | COMPLEXES  # what can hold NaN and infinity
INTS = frozenset({"uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"})


def weak(value: bool | int | float | complex) -> str:
    """The dtype that a Python scalar brings to a promotion: `"int"`, `"float"`, or that of its kind."""
    return next(name for kind, name in _WEAK.items() if isinstance(value, kind))


def result_type(*dtypes: str) -> str:
    """The dtype of a result computed from `dtypes` (names, or the weak `"int"` and `"float"`).

    Example:
        >>> result_type("int32", "float"), result_type("bfloat16", "float16")
        ('float32', 'float32')
    """
    return {"int": "int32", "float": settings.floatx()}.get(joined := _join(dtypes), joined)


@cache
def _join(dtypes: tuple[str, ...]) -> str:
    names = [name if name in _WIDER else standardize(name) for name in dtypes]
    if not {*names}.isdisjoint(FLOATS8) and len(names) > 1:
        raise ValueError(
            f"{' and '.join(names)} have no common dtype: floats of 8 bits are converted by ops.cast only."
        )
    common = frozenset.intersection(*map(_reachable, names))
    # The least element of a lattice's upper set is the one from which all the others are reached.
    return max(common, key=lambda name: len(_reachable(name)))


@cache
def _reachable(name: str) -> frozenset[str]:
    return frozenset({name}).union(*(_reachable(wider) for wider in _WIDER.get(name, ())))


def standardize(dtype: Any) -> str:
    """The name of `dtype`: a string, a NumPy or engine dtype, a Python type, or `None` for `floatx`.

    Raises:
        ValueError: it names no dtype that lamina knows.
    """
    if isinstance(dtype, str) and dtype in _NAMES:
        return dtype
    if dtype is None or dtype is float or (isinstance(dtype, str) and dtype == "float"):
        return settings.floatx()
    names = {bool: "bool", int: "int32", "int": "int32", complex: "complex64"}
    name = names.get(dtype) if isinstance(dtype, (type, str)) else None
    # numpy.dtype("float32").name, jnp.float32.dtype.name, str(torch.float32) == "torch.float32"
    name = name or getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    name = name.removeprefix("torch.").removeprefix("mlx.core.")
    if name not in _NAMES:
        raise ValueError(f"Unknown dtype {dtype!r}. Known: {', '.join((*ALL, *FLOATS8))}.")
    return name


def is_float(dtype: str) -> bool:
    """Whether the dtype called `dtype` is floating."""
    return dtype in FLOATS or dtype in FLOATS8


def is_complex(dtype: str) -> bool:
    """Whether the dtype called `dtype` is complex."""
    return dtype in COMPLEXES


def numpy_dtype(name: str) -> np.dtype:
    """Return the NumPy dtype called `name`; bfloat16 and those of 8 bits come from `ml_dtypes`."""
    if name in EXTENSIONS:
        import ml_dtypes

        return np.dtype(getattr(ml_dtypes, name))
    return np.dtype(name)
