"""Arrays that have no value yet: PyTensor's variables, with shape and dtype known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from lamina.engine.contract import refusal
from lamina.engine.valueless import Valueless

LACKS = {
    "float16": "Numba, which runs PyTensor's programs, does not compute in it. Use float32.",
    **dict.fromkeys(("bfloat16", "float8_e4m3fn", "float8_e5m2"), "PyTensor has no such numbers."),
    **dict.fromkeys(("complex64", "complex128"), "This engine's programs are of real numbers."),
}


class Symbol(Valueless):
    """An array of a program that is being written down.

    Args:
        variable: PyTensor's, of known sizes.
    """

    __slots__ = ("__weakref__", "dtype", "shape", "variable")

    def __init__(self, variable: Variable):
        self.variable = variable
        self.shape, self.dtype = variable.type.shape, np.dtype(variable.type.dtype)


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
