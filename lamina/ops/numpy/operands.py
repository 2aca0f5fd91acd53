"""Operands of ops: after promotion a Python scalar may still accompany an array."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.engine.current import engine


def arrays(*xs: Any) -> list[Any]:
    """Return `xs` with every scalar as an array, in the dtype of the arrays among them."""
    e = engine()
    natives = [x for x in xs if isinstance(x, e.array_types)]
    dtype = e.dtype(natives[0])
    return [x if isinstance(x, e.array_types) else e.asarray(x, dtype) for x in xs]


def is_unsigned(dtype: str) -> bool:
    """Say whether the dtype called `dtype` has no negative numbers: `uint8` and its like, booleans."""
    return dtype == "bool" or dtype.startswith("u")


def integers(name: str, *xs: Any, booleans: bool = True) -> None:
    """Refuse what is neither an integer nor (if allowed) a boolean.

    Raises:
        TypeError: a tensor has another dtype; `name` is the op that was called.
    """
    e = engine()
    for x in xs:
        dtype = e.dtype(x) if isinstance(x, e.array_types) else dtypes.weak(x)
        if dtype not in (*dtypes.INTS, "int") and not (booleans and dtype == "bool"):
            kinds = "integers or booleans" if booleans else "integers"
            raise TypeError(
                f"ops.{name} works on {kinds}; a tensor of {dtype} was given. "
                "Cast it with ops.cast(x, 'int32')."
            )
