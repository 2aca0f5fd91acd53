"""What is to be written: the values of one object (a layer, an optimizer) at its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lamina.core.variable import Variable, numpy_dtype
from lamina.engine.current import to_host


@dataclass(frozen=True)
class Value:
    """An array to be written: its values are fetched when its turn comes.

    Attributes:
        name: what it is called in formats that people read; unlike that of all others in the file.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    fetch: Callable[[], np.ndarray]

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return prod(self.shape) * numpy_dtype(self.dtype).itemsize


@dataclass(frozen=True)
class Holding:
    """The values of one object.

    Args:
        path: the object's folder, as `"layers/dense"`; empty for the model itself.
        name: the object's own name; `None` if it has none.
        values: by their key in the folder's `vars`.
    """

    path: str
    name: str | None
    values: Mapping[str, Value]


def as_value(value: Any, name: str) -> Value:
    """Return what is written for a variable, an array of any engine, or a number.

    Raises:
        TypeError: it does not consist of numbers or truth values.
    """
    if isinstance(value, Variable):
        return Value(name, value.shape, value.dtype, value.numpy)
    array = np.asarray(to_host(value))
    if array.dtype.name != "bfloat16" and array.dtype.kind not in "biufc":
        raise TypeError(
            f"{name!r} is {value!r:.100}; files of weights hold numbers and truth values only."
        )
    return Value(name, array.shape, array.dtype.name, lambda: array)
