"""Rows of an array in memory, by their numbers: batches that whoever needs them gathers."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.memory import aligned


class Rows:
    """Batches of an array's rows. An entry along axis 0 is a batch, gathered; a slice is `Rows` again.

    Args:
        array: of shape `(samples, ...)`.
        numbers: of the rows in each batch, int32 of shape `(batches, batch_size)`.
    """

    __slots__ = ("array", "numbers")

    def __init__(self, array: np.ndarray, numbers: np.ndarray):
        self.array, self.numbers = array, numbers

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the batches together."""
        return (*self.numbers.shape, *self.array.shape[1:])

    @property
    def ndim(self) -> int:
        """The number of axes of `shape`."""
        return self.array.ndim + 1

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the array."""
        return self.array.dtype

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers: what a copy takes."""
        return self.numbers.nbytes

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, part: Any) -> Rows | np.ndarray:
        numbers = self.numbers[part]
        return (
            Rows(self.array, numbers) if isinstance(part, slice) else gathered(self.array, numbers)
        )


def gathered(array: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the rows of `array` that have these numbers, in aligned memory."""
    rows = aligned((*numbers.shape, *array.shape[1:]), array.dtype)
    return np.take(array, numbers, axis=0, out=rows, mode="clip")
