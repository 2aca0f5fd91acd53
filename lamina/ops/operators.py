"""Gives `Variable`, `KerasTensor` and `Sparse` Python's operators, each by the op of the same meaning."""

from __future__ import annotations

from collections.abc import Callable

from lamina.core.sparse import Sparse
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


for _kind in (KerasTensor, Variable, Sparse):
    for _name, _fn in {**_BINARY, **_OTHERS}.items():
        setattr(_kind, f"__{_name}__", _fn)
    for _name, _fn in _BINARY.items():
        setattr(_kind, f"__r{_name}__", _reflected(_fn))
# NumPy must not take an array on the left apart; it leaves the operation to us.
Variable.__array_ufunc__ = None  # type: ignore[attr-defined]
KerasTensor.reshape = structure.reshape  # type: ignore[attr-defined]
KerasTensor.squeeze = structure.squeeze  # type: ignore[attr-defined]
