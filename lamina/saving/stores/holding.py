"""What is to be written: the values of one object (a layer, an optimizer) at its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from lamina.core.variable import Variable, host_view, numpy_dtype
from lamina.engine.current import to_host
from lamina.saving import progress


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


@contextmanager
def counted(holdings: list[Holding]) -> Iterator[list[Holding]]:
    """Give the holdings; where they are large, and somebody looks, a bar shows how many bytes were fetched."""
    total = sum(value.nbytes for holding in holdings for value in holding.values.values())
    with progress.shown(total) as count:
        yield holdings if count is None else [_counted(holding, count) for holding in holdings]


def _counted(holding: Holding, count: Callable[[int], None]) -> Holding:
    def watched(value: Value) -> Value:
        def fetch() -> np.ndarray:
            count(value.nbytes)
            return value.fetch()

        return replace(value, fetch=fetch)

    values = {key: watched(value) for key, value in holding.values.items()}
    return replace(holding, values=values)


def as_value(value: Any, name: str) -> Value:
    """Return what is written for a variable, an array of any engine, or a number.

    Raises:
        TypeError: it does not consist of numbers or truth values.
    """
    if isinstance(value, Variable):
        return Value(name, value.shape, value.dtype, lambda: host_view(value))
    array = np.asarray(to_host(value))
    if array.dtype.name != "bfloat16" and array.dtype.kind not in "biufc":
        raise TypeError(
            f"{name!r} is {value!r:.100}; files of weights hold numbers and truth values only."
        )
    return Value(name, array.shape, array.dtype.name, lambda: array)
