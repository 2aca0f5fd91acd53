"""`Numbering`: strings as numbers, which NumPy sorts and compares at once."""

from __future__ import annotations

import numpy as np

from lamina.strings.packed import Packed
from lamina.strings.table import Table

_BITS = np.uint64(8)
_LONGER = np.uint64(255)  # in place of a length


class Numbering:
    """A number for each string, and back; alike for all that are alike.

    A string of less than eight bytes is its own number, and those are in the order of the strings. Longer
    ones are numbered as they come.

    Example:
        >>> numbering = Numbering()
        >>> numbers = numbering.numbers(Packed([b"b", b"a longer one", b"a"]))
        >>> bool(numbers[2] < numbers[0]), numbering.strings(numbers)
        (True, [b'b', b'a longer one', b'a'])
    """

    def __init__(self) -> None:
        self.__longer: dict[bytes, int] = {}
        self.__table = Table(Packed([]))  # of most of them
        self.__lacked = 0  # strings, since the table was made

    def numbers(self, strings: Packed) -> np.ndarray:
        """Return the number of each string, uint64."""
        numbers, longer = strings.words()
        if longer.size:
            places = self.__places(strings.at(longer)).astype(np.uint64)
            numbers[longer] = places << _BITS | _LONGER
        return numbers

    def __places(self, strings: Packed) -> np.ndarray:
        places = self.__table.find(strings)
        others = np.flatnonzero(places < 0)
        numbered = self.__longer
        places[others] = [numbered.setdefault(text, len(numbered)) for text in strings.some(others)]
        self.__lacked += len(others)
        if self.__lacked > len(numbered):  # not if most strings occur once
            self.__table, self.__lacked = Table(Packed(list(numbered))), 0
        return places

    def strings(self, numbers: np.ndarray) -> list[bytes]:
        """Return the string of each number."""
        longer = list(self.__longer)
        data = numbers.astype(">u8").tobytes()
        ends = (numbers & _LONGER).tolist()
        places = (numbers >> _BITS).tolist()
        return [
            longer[place] if length == _LONGER else data[start : start + length]
            for start, length, place in zip(range(0, len(data), 8), ends, places, strict=True)
        ]
