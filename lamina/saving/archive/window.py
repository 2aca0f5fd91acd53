"""A part of a file that looks like a file."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO


class Window(io.RawIOBase):
    """The bytes of `file` from `begin` on, as a file of their own; nothing is copied.

    Args:
        file: seekable. Windows move its position, so it is used by one thread at a time.
        begin: the first byte.
        size: number of bytes that are there.
        name: for messages.
        writable: whether bytes may be written, past the end too; then the window is the last part of `file`.

    Example:
        >>> window = Window(io.BytesIO(b"headbody"), 4, 4, "body")
        >>> window.seek(1), window.read()
        (1, b'ody')
    """

    def __init__(self, file: BinaryIO, begin: int, size: int, name: str, writable: bool = False):
        self._file, self._begin, self.size, self._writable = file, begin, size, writable
        self.name, self._at, self._failed = name, 0, False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be sought."""
        return True

    def writable(self) -> bool:
        """Tell whether it can be written."""
        return self._writable

    def tell(self) -> int:
        """Return the position within the window."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position within the window, or past its end; return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"cannot seek to {base + offset}.")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the window goes; return the number of bytes."""
        view = memoryview(buffer).cast("B")[: max(self.size - self._at, 0)]
        self._file.seek(self._begin + self._at)
        count = self._file.readinto(view)  # type: ignore[attr-defined]
        self._at += count
        return count

    def write(self, data: Any) -> int:
        """Write; after the first failure pretend to, so that HDF5 can close what it has open."""
        view = memoryview(data).cast("B")
        if not self._failed:
            self._failed = True
            self._file.seek(self._begin + self._at)
            self._file.write(view)
            self._failed = False
        self._at += len(view)
        self.size = max(self.size, self._at)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """End the window, and the file, after `size` bytes."""
        size = self._at if size is None else size
        if not self._failed:
            self._failed = True
            self._file.truncate(self._begin + size)
            self._failed = False
        self.size = size
        return size

    def flush(self) -> None:
        """Hand everything to the system."""
        if self._writable and not self._failed:
            self._failed = True
            self._file.flush()
            self._failed = False
