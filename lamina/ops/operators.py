"""Gives variables, `KerasTensor`, `Sparse` and arrays of programs operators, each by the op of the same meaning."""

from __future__ import annotations

from collections.abc import Callable

from lamina.core.sparse import Sparse
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.valueless import Valueless
from lamina.ops.numpy import arithmetic, bitwise, comparison, indexing, logic, products, structure

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
_OTHERS: dict[str, Callable] = {
    "lt": comparison.less,
    "le": comparison.less_equal,
    "gt": comparison.greater,
    "ge": comparison.greater_equal,
    "ne": comparison.not_equal,
    "neg": arithmetic.negative,
    "abs": arithmetic.absolute,
    "invert": logic.logical_not,
    "getitem": indexing.get_item,
}


def _reflected(fn: Callable) -> Callable:
    return lambda self, other: fn(other, self)


def _equip(kind: type, binary: dict[str, Callable], others: dict[str, Callable]) -> None:
    for name, fn in {**binary, **others}.items():
        setattr(kind, f"__{name}__", fn)
    for name, fn in binary.items():
        setattr(kind, f"__r{name}__", _reflected(fn))


for _kind in (KerasTensor, Variable, Sparse):
    _equip(_kind, _BINARY, _OTHERS)
# Arrays of programs have the operators of NumPy's, whose place they take.
_BITS = {"and": bitwise.bitwise_and, "or": bitwise.bitwise_or, "xor": bitwise.bitwise_xor}
_BIT_BY_BIT = {"invert": bitwise.bitwise_not, "eq": comparison.equal}
_equip(Valueless, {**_BINARY, **_BITS}, {**_OTHERS, **_BIT_BY_BIT})
# NumPy must not take an array on the left apart; it leaves the operation to us.
Variable.__array_ufunc__ = None  # type: ignore[attr-defined]
KerasTensor.reshape = structure.reshape  # type: ignore[attr-defined]
KerasTensor.squeeze = structure.squeeze  # type: ignore[attr-defined]
