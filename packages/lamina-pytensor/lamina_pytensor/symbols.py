"""Arrays that have no value yet: PyTensor's variables, with shape and dtype known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from lamina.engine.contract import refusal
from lamina.engine.current import engine

LACKS = {
    "float16": "Numba, which runs PyTensor's programs, does not compute in it. Use float32.",
    **dict.fromkeys(("bfloat16", "float8_e4m3fn", "float8_e5m2"), "PyTensor has no such numbers."),
    **dict.fromkeys(("complex64", "complex128"), "This engine's programs are of real numbers."),
}


class Symbol:
    """An array of a program that is being written down.

    Args:
        variable: PyTensor's, of known sizes.
    """

    __slots__ = ("__weakref__", "dtype", "shape", "variable")
    __array_ufunc__ = None  # NumPy's arrays leave operators to this class

    def __init__(self, variable: Variable):
        self.variable = variable
        self.shape, self.dtype = variable.type.shape, np.dtype(variable.type.dtype)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(self.shape[0]))

    def __getitem__(self, key: Any) -> Any:
        return engine().getitem(self, key)

    def __no_value__(self, *_: Any) -> Any:
        raise TypeError(
            f"An array {self.dtype}{list(self.shape)} has no value while a program for PyTensor is made. NumPy, "
            "float(), int() and `if` take no such arrays: use lamina.ops instead (ops.where for `if`)."
        )

    __array__ = __bool__ = __int__ = __float__ = __index__ = __no_value__

    def __repr__(self) -> str:
        return f"<symbol {self.dtype}{list(self.shape)}>"


def _operator(op: str, swapped: bool = False) -> Any:
    def call(self: Symbol, *others: Any) -> Any:
        from lamina import ops

        pair = (*others, self) if swapped else (self, *others)
        return getattr(ops, op)(*pair)

    return call


for _name, _op in {
    **{"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power"},
    **{"floordiv": "floor_divide", "mod": "mod", "matmul": "matmul"},
    **{"and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor"},
}.items():
    setattr(Symbol, f"__{_name}__", _operator(_op))
    setattr(Symbol, f"__r{_name}__", _operator(_op, swapped=True))
for _name, _op in {
    **{"neg": "negative", "abs": "abs", "invert": "bitwise_not", "eq": "equal", "lt": "less"},
    **{"le": "less_equal", "gt": "greater", "ge": "greater_equal", "ne": "not_equal"},
}.items():
    setattr(Symbol, f"__{_name}__", _operator(_op))
Symbol.__hash__ = object.__hash__  # `==` compares elements, but a symbol is a key by itself


def known(dtype: Any) -> str:
    """Return the name of a dtype of which programs can be; refuse others by name."""
    name = str(np.dtype(dtype)) if not isinstance(dtype, str) else dtype
    if name in LACKS:
        raise refusal("pytensor", name, LACKS[name])
    return name


def variable(x: Any, dtype: Any = None) -> Variable:
    """Return PyTensor's variable of a symbol, or a constant for an array or (of `dtype`) a number."""
    if isinstance(x, Symbol):
        return x.variable
    x = np.asarray(x, dtype)
    known(x.dtype)
    return pt.constant(x)


def new_input(shape: tuple[int, ...], dtype: Any) -> Symbol:
    """Return a symbol for an argument of a program."""
    return Symbol(pt.tensor(shape=shape, dtype=known(dtype)))
