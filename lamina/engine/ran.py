"""What became of the steps of one call: the logs of each, and the state between two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree


class Ran(Sequence):
    """The logs of each step of a call, in order.

    Args:
        logs: of each step.
        state_after: computes again the state after so many of the steps.

    Attributes:
        state_after: the same.
    """

    def __init__(self, logs: Sequence[Any], state_after: Callable[[int], Any]):
        self._logs, self.state_after = logs, state_after

    def __len__(self) -> int:
        return len(self._logs)

    def __getitem__(self, step: Any) -> Any:
        return self._logs[step]


def of_loop(
    columns: Any, last: Any, count: int, to_numpy: Callable[[Any], np.ndarray]
) -> Sequence[Any]:
    """Return the logs of `count` steps; all but the last step's are copied to the host together, when one is read.

    Args:
        columns: a tree of native arrays, whose axis 0 counts the steps.
        last: the logs of the last step.
    """
    leaves, structure = optree.tree_flatten(columns)
    leaves = [_Column(leaf, to_numpy) for leaf in leaves]
    return _OfLoop(leaves, structure, last, count)


class _OfLoop(Sequence):
    def __init__(self, columns: list[_Column], structure: Any, last: Any, count: int):
        self._columns, self._structure, self._last, self._count = columns, structure, last, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, step: Any) -> Any:
        step = range(self._count)[step]
        if step == self._count - 1:
            return self._last
        entries = [Entry(column, step) for column in self._columns]
        return optree.tree_unflatten(self._structure, entries)


class _Column:
    """A log of all steps, on the device until somebody reads it."""

    def __init__(self, native: Any, to_numpy: Callable[[Any], np.ndarray]):
        self.dtype = native.dtype
        self._native, self._to_numpy = native, to_numpy
        self._values: np.ndarray | None = None

    def values(self) -> np.ndarray:
        if self._values is None:
            self._values, self._native = self._to_numpy(self._native), None
        return self._values


class Entry:
    """A log of one step: an array as far as NumPy is concerned."""

    __slots__ = ("__column", "__step")

    def __init__(self, column: _Column, step: int):
        self.__column, self.__step = column, step

    @property
    def dtype(self) -> Any:
        """The dtype, in the engine's own words."""
        return self.__column.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.__column.values()[self.__step], dtype)
