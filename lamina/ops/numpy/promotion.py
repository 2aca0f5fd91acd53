"""One dtype for several tensors, where `@op(promote=...)` cannot say which, and contractions' own rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.core import dtypes
from lamina.core.op import to_native
from lamina.engine.current import engine


def together(xs: Sequence[Any]) -> list[Any]:
    """Return native arrays of one dtype; a Python number takes that of the arrays if its kind allows."""
    e = engine()
    numbers = [isinstance(x, (bool, int, float)) for x in xs]
    xs = [x if number else to_native(x) for x, number in zip(xs, numbers, strict=True)]
    names = [
        dtypes.weak(x) if number else e.dtype(x) for x, number in zip(xs, numbers, strict=True)
    ]
    target = dtypes.result_type(*names)
    return [
        e.asarray(x, target) if number else x if dtype == target else e.cast(x, target)
        for x, number, dtype in zip(xs, numbers, names, strict=True)
    ]


def contracted(contract: Callable, xs: Sequence[Any]) -> Any:
    """Return `contract(*xs)` of arrays of one dtype; booleans, by way of int32: "and" summed by "or"."""
    e = engine()
    if e.dtype(xs[0]) == "bool":
        return e.not_equal(contract(*(e.cast(x, "int32") for x in xs)), 0)
    return contract(*xs)


def widened_bytes(xs: Sequence[Any]) -> Sequence[Any]:
    """Return int8 as int32 where all are, so that sums of products do not overflow."""
    e = engine()
    return [e.cast(x, "int32") for x in xs] if {e.dtype(x) for x in xs} == {"int8"} else xs
