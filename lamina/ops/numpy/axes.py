"""Which axes a reduction goes along, and in which dtype it is computed."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.engine.contract import Axis
from lamina.engine.current import engine

SUMMED_AS = {
    "bool": "int32",
    "int8": "int32",
    "int16": "int32",
    "uint8": "uint32",
    "uint16": "uint32",
}


def axes_of(axis: Any) -> Axis:
    """An axis, or axes as a tuple."""
    return tuple(axis) if isinstance(axis, list) else axis


def widened(x: Any) -> Any:
    """`x` in the dtype that its sum has: small integers are summed in 32 bits."""
    e = engine()
    dtype = e.dtype(x)
    return e.cast(x, SUMMED_AS[dtype]) if dtype in SUMMED_AS else x


def floating(x: Any) -> Any:
    """`x` in a floating dtype."""
    e = engine()
    dtype = e.dtype(x)
    return x if dtypes.is_float(dtype) else e.cast(x, dtypes.result_type(dtype, "float"))
