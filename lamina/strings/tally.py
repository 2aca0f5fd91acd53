"""`Tally`: how often each of many strings occurs, batch by batch, counted by NumPy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lamina.strings.packed import Packed
from lamina.strings.table import Table

_LEAST_MERGED = 2**17  # strings


class Counts(NamedTuple):
    """Different strings, how often each occurs, and in how many rows (0, where rows are not told apart)."""

    strings: Packed
    times: np.ndarray
    in_rows: np.ndarray


class Tally:
    """Counts of strings over batches.

    Example:
        >>> tally = Tally()
        >>> tally.add(Packed([b"a", b"b", b"a"]), np.array([3]))
        >>> tally.add(Packed([b"a"]), np.array([1]))
        >>> strings, times, in_rows = tally.total()
        >>> sorted(zip(strings, times.tolist(), in_rows.tolist()))
        [(b'a', 3, 2), (b'b', 1, 1)]
    """

    def __init__(self) -> None:
        none = np.empty(0, np.int64)
        self.__parts = [Counts(Packed([]), none, none)]  # the first: what was merged

    def add(self, strings: Packed, lengths: np.ndarray | None = None) -> None:
        """Count strings.

        Args:
            lengths: of rows of strings, to count in how many of them each occurs.
        """
        number = len(strings)
        places = Table(strings).places
        times = np.bincount(places, minlength=number)
        different = np.flatnonzero(times)
        in_rows = np.zeros(len(different), np.int64)
        if lengths is not None:
            rows = np.repeat(np.arange(len(lengths)), lengths)
            once = np.unique(rows * number + places) % max(number, 1)
            in_rows = np.bincount(once, minlength=number)[different]
        self.__parts.append(Counts(strings.copied(different), times[different], in_rows))
        merged, *new = (len(part.times) for part in self.__parts)
        if sum(new) > merged + _LEAST_MERGED:
            self.total()

    def total(self) -> Counts:
        """Return the counts of all batches; an order of the strings is not promised."""
        strings = Packed.joined([part.strings for part in self.__parts])
        places = Table(strings).places
        times, in_rows = (
            np.bincount(places, np.concatenate(counts), len(strings)).astype(np.int64)
            for counts in ([p.times for p in self.__parts], [p.in_rows for p in self.__parts])
        )
        different = np.flatnonzero(times)
        total = Counts(strings.copied(different), times[different], in_rows[different])
        self.__parts = [total]
        return total
