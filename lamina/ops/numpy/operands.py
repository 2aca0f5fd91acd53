"""Dtypes of operands: one for several, where `@op(promote=...)` cannot say which; contractions' own rules; kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.core import dtypes
from lamina.core.op import engine, to_native


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


def is_unsigned(dtype: str) -> bool:
    """Say whether the dtype called `dtype` has no negative numbers: `uint8` and its like, booleans."""
    return dtype == "bool" or dtype.startswith("u")


def integers(name: str, *xs: Any, booleans: bool = True) -> None:
    """Refuse what is neither an integer nor (if allowed) a boolean.

    Raises:
        TypeError: a tensor has another dtype; `name` is the op that was called.
    """
    for x in xs:
        dtype = engine().dtype(x)
        if dtype not in dtypes.INTS and not (booleans and dtype == "bool"):
            kinds = "integers or booleans" if booleans else "integers"
            raise TypeError(
                f"ops.{name} works on {kinds}; a tensor of {dtype} was given. "
                "Cast it with ops.cast(x, 'int32')."
            )
