"""Integers bit by bit; booleans count as one bit, but are shifted as int32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.operands import integers

__all__ = [
    "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "left_shift", "right_shift",
]  # fmt: skip


@op(promote="x y", arrays=True)
def bitwise_and(x: Tensor, y: Tensor) -> Tensor:
    """Set the bits that are set in both."""
    integers("bitwise_and", x, y)
    return engine().bitwise_and(x, y)


@op(promote="x y", arrays=True)
def bitwise_or(x: Tensor, y: Tensor) -> Tensor:
    """Set the bits that are set in either."""
    integers("bitwise_or", x, y)
    return engine().bitwise_or(x, y)


@op(promote="x y", arrays=True)
def bitwise_xor(x: Tensor, y: Tensor) -> Tensor:
    """Set the bits that are set in exactly one."""
    integers("bitwise_xor", x, y)
    return engine().bitwise_xor(x, y)


@op(promote="x y", arrays=True)
def left_shift(x: Tensor, y: Tensor) -> Tensor:
    """Move the bits of `x` `y` places to the left: `x * 2 ** y` if none is lost."""
    return _shifted("left_shift", engine().left_shift, x, y)


@op(promote="x y", arrays=True)
def right_shift(x: Tensor, y: Tensor) -> Tensor:
    """Move the bits of `x` `y` places to the right: `x // 2 ** y`."""
    return _shifted("right_shift", engine().right_shift, x, y)


@op(promote="x y", arrays=True)
def bitwise_left_shift(x: Tensor, y: Tensor) -> Tensor:
    """Compute the same as `left_shift`."""
    return _shifted("bitwise_left_shift", engine().left_shift, x, y)


@op(promote="x y", arrays=True)
def bitwise_right_shift(x: Tensor, y: Tensor) -> Tensor:
    """Compute the same as `right_shift`."""
    return _shifted("bitwise_right_shift", engine().right_shift, x, y)


@op
def bitwise_not(x: Tensor) -> Tensor:
    """Flip every bit: `-x - 1` for signed integers."""
    integers("bitwise_not", x)
    return engine().bitwise_not(x)


@op
def bitwise_invert(x: Tensor) -> Tensor:
    """Compute the same as `bitwise_not`."""
    integers("bitwise_invert", x)
    return engine().bitwise_not(x)


def _shifted(name: str, shift: Callable, x: Any, y: Any) -> Any:
    integers(name, x, y)
    e = engine()
    if e.dtype(x) == "bool":
        x, y = e.cast(x, "int32"), e.cast(y, "int32")
    return shift(x, y)
