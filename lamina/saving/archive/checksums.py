"""CRC-32 of files, and of what is put together from pieces.

Source: R. N. Williams, "A painless guide to CRC error detection algorithms", 1993; M. Adler's remark that a
CRC followed by n zero bits is its product with x^n.
"""

from __future__ import annotations

import bisect
import functools
import zlib
from typing import Any, BinaryIO

from lamina.saving.archive.window import WritableWindow

_AT_ONCE = 2**20  # bytes
_LARGE = 2**22  # bytes; to combine the sums of smaller pieces costs more than to read them again
_POLYNOMIAL = 0xEDB88320  # x^32 is left out; bit 31 stands for 1, bit 30 for x, ...
_ONE, _X = 1 << 31, 1 << 30


def combined(first: int, second: int, length: int) -> int:
    """Return the CRC-32 of two pieces one after the other, from those of both.

    Args:
        length: bytes of the second.

    Example:
        >>> combined(zlib.crc32(b"ab"), zlib.crc32(b"cde"), 3) == zlib.crc32(b"abcde")
        True
    """
    return _product(_power_of_x(8 * length), first) ^ second


@functools.lru_cache(maxsize=256)
def _power_of_x(exponent: int) -> int:
    power, square = _ONE, _X
    while exponent:
        if exponent & 1:
            power = _product(power, square)
        square, exponent = _product(square, square), exponent >> 1
    return power


def _product(a: int, b: int) -> int:
    """Return the product of two polynomials, modulo that of CRC-32."""
    product = 0
    for bit in range(31, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product


def checksum(file: BinaryIO, crc: int = 0, begin: int = 0, end: int | None = None) -> int:
    """Return the CRC-32 of the bytes of a file from `begin` to `end`, read in pieces.

    Args:
        crc: of what stands before them.
    """
    piece = memoryview(bytearray(_AT_ONCE))
    file.seek(begin)
    left = end - begin if end is not None else None
    while left != 0:
        count = file.readinto(piece if left is None else piece[: min(left, _AT_ONCE)])  # type: ignore[attr-defined]
        if not count:
            break
        crc = zlib.crc32(piece[:count], crc)
        left = None if left is None else left - count
    return crc


class SummedWindow(WritableWindow):
    """A window whose CRC-32 is known at the end, though large pieces are not read again."""

    def __init__(self, file: BinaryIO, begin: int, name: str):
        super().__init__(file, begin, name)
        self._sums: list[tuple[int, int, int]] = []  # begin, end, CRC-32; in order, apart

    def write(self, data: Any) -> int:
        """Write at the position; return the number of bytes."""
        begin = self._at
        count = super().write(data)
        self._forget(begin, begin + count)
        if count >= _LARGE:
            bisect.insort(self._sums, (begin, begin + count, zlib.crc32(data)))
        return count

    def truncate(self, size: int | None = None) -> int:
        """End the window, and the file, after `size` bytes."""
        size = super().truncate(size)
        self._forget(size, self._sums[-1][1] if self._sums else size)
        return size

    def _forget(self, begin: int, end: int) -> None:
        """Leave out pieces that have a byte within these bounds."""
        first = bisect.bisect_right(self._sums, begin, key=lambda piece: piece[1])
        last = bisect.bisect_left(self._sums, end, key=lambda piece: piece[0])
        del self._sums[first:last]

    def checksum(self) -> int:
        """Return the CRC-32 of all bytes."""
        crc, at = 0, 0
        for begin, end, own in self._sums:
            crc = combined(checksum(self, crc, at, begin), own, end - begin)  # type: ignore[arg-type]
            at = end
        return checksum(self, crc, at, self.size)  # type: ignore[arg-type]
