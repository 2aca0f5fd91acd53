"""Bytes of a file that belong to something: no two things share one."""

from __future__ import annotations

import bisect

from lamina.core.file_errors import FormatError, quoted

_BEGINNING = 56  # bytes that describe an HDF5 file


class Ranges:
    """The bytes of the file that the objects examined so far lie in: no two objects share a byte.

    Args:
        size: of the file in bytes.
    """

    def __init__(self, size: int):
        self.size = size
        self._taken: list[tuple[int, int, str]] = [(0, _BEGINNING, "the beginning")]

    def take(self, begin: int, size: int, path: str) -> None:
        """Take `size` bytes from `begin` for the object at `path`, which may come again.

        Raises:
            FormatError: another object lies there.
        """
        entry = (begin, begin + size, path)
        at = bisect.bisect_left(self._taken, entry)
        for other in self._taken[max(at - 1, 0) : at + 1]:
            if other != entry and max(begin, other[0]) < min(entry[1], other[1]):
                raise FormatError(f"{quoted(path)} lies in the bytes of {quoted(other[2])}.")
        if size and entry not in self._taken[at : at + 1]:
            self._taken.insert(at, entry)
