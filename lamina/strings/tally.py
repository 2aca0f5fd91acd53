"""`Tally`: how often each of many numbers occurs, batch by batch, counted by NumPy."""

from __future__ import annotations

import numpy as np

_AT_ONCE = 2**19  # numbers that are sorted


class Tally:
    """Counts of numbers over batches.

    Example:
        >>> tally = Tally()
        >>> tally.add(np.array([3, 1, 3], np.uint64))
        >>> tally.add(np.array([1, 0], np.uint64))
        >>> numbers, times = tally.total()
        >>> numbers.tolist(), times.tolist()
        ([0, 1, 3], [1, 2, 2])
    """

    def __init__(self) -> None:
        self.__numbers, self.__times = np.empty(0, np.uint64), np.empty(0, np.int64)
        self.__waiting: list[np.ndarray] = []

    def add(self, numbers: np.ndarray) -> None:
        """Count numbers, uint64."""
        self.__waiting.append(numbers)
        if sum(map(len, self.__waiting)) > max(_AT_ONCE, len(self.__numbers)):
            self.total()

    def total(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the different numbers of all batches upwards, and how often each occurs."""
        if self.__waiting:
            new, times = np.unique(np.concatenate(self.__waiting), return_counts=True)
            self.__numbers, places = np.unique(
                np.concatenate([self.__numbers, new]), return_inverse=True
            )
            times = np.concatenate([self.__times, times])
            self.__times = np.bincount(places, times, len(self.__numbers)).astype(np.int64)
            self.__waiting = []
        return self.__numbers, self.__times


def once_in_each(lengths: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the different numbers of each row, for rows of these lengths.

    Example:
        >>> once_in_each(np.array([3, 1]), np.array([5, 4, 5, 5])).tolist()
        [4, 5, 5]
    """
    rows = np.repeat(np.arange(len(lengths)), lengths)
    kinds, places = np.unique(numbers, return_inverse=True)
    return kinds[np.unique(rows * len(kinds) + places) % max(len(kinds), 1)]
