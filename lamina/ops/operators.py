"""Gives `Variable` and `KerasTensor` Python's operators, each by the op of the same meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.ops.numpy import arithmetic, comparison, indexing, logic, products, structure

_BINARY: dict[str, Callable] = {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "floordiv": arithmetic.floor_divide,
    "mod": arithmetic.mod,
    "pow": arithmetic.power,
    "matmul": products.matmul,
    "and": logic.logical_and,
    "or": logic.logical_or,
    "xor": logic.logical_xor,
}
_COMPARISON: dict[str, Callable] = {
    "lt": comparison.less,
    "le": comparison.less_equal,
    "gt": comparison.greater,
    "ge": comparison.greater_equal,
    "ne": comparison.not_equal,
}
_UNARY: dict[str, Callable] = {
    "neg": arithmetic.negative,
    "abs": arithmetic.absolute,
    "invert": logic.logical_not,
}


def _attach(kind: type) -> None:
    def method(name: str, fn: Callable) -> None:
        setattr(kind, f"__{name}__", fn)

    for name, fn in _BINARY.items():
        method(name, lambda self, other, fn=fn: fn(self, other))
        method(f"r{name}", lambda self, other, fn=fn: fn(other, self))
    for name, fn in _COMPARISON.items():
        method(name, lambda self, other, fn=fn: fn(self, other))
    for name, fn in _UNARY.items():
        method(name, lambda self, fn=fn: fn(self))
    method("getitem", lambda self, key: indexing.get_item(self, key))


for _kind in (KerasTensor, Variable):
    _attach(_kind)
# NumPy must not take an array on the left apart; it leaves the operation to us.
Variable.__array_ufunc__ = None  # type: ignore[attr-defined]


def _reshape(self: Any, newshape: Any) -> Any:
    return structure.reshape(self, newshape)


def _squeeze(self: Any, axis: Any = None) -> Any:
    return structure.squeeze(self, axis)


KerasTensor.reshape = _reshape  # type: ignore[attr-defined]
KerasTensor.squeeze = _squeeze  # type: ignore[attr-defined]
