"""A part of a file that looks like a file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO


class Window(io.RawIOBase):
    """The bytes of `file` from `begin` on, as a file of their own; nothing is copied.

    Args:
        file: seekable. Windows move its position, so it is used by one thread at a time.
        begin: the first byte.
        size: number of bytes that are there.
        name: for messages.

    Example:
        >>> window = Window(io.BytesIO(b"headbody"), 4, 4, "body")
        >>> window.seek(1), window.read()
        (1, b'ody')
    """

    def __init__(self, file: BinaryIO, begin: int, size: int, name: str):
        self._file, self._begin, self.size = file, begin, size
        self.name, self._at = name, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be sought."""
        return True

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


class WritableWindow(Window):
    """A window that bytes are written into, past its end too: the last part of `file`.

    After the first failure of a write the others only seem to be done, so that HDF5 can close what it has open.

    Attributes:
        failure: what stopped that write, `None` if all went well.
    """

    def __init__(self, file: BinaryIO, begin: int, name: str):
        super().__init__(file, begin, 0, name)
        self.failure: BaseException | None = None

    @contextmanager
    def uncovered(self) -> Iterator[None]:
        """Raise what stopped a write within: HDF5, whose calls of Python go on after it, may hide it."""
        try:
            yield
        except BaseException as error:
            if self.failure is None:
                raise
            raise self.failure from (None if error is self.failure else error)
        if self.failure is not None:
            raise self.failure

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: Any) -> int:
        """Write at the position; return the number of bytes."""
        view = memoryview(data).cast("B")
        self._unless_failed((self._file.seek, self._begin + self._at), (self._file.write, view))
        self._at += len(view)
        self.size = max(self.size, self._at)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """End the window, and the file, after `size` bytes."""
        size, before = self._at if size is None else size, self.size
        end, self.size = self._begin + size, size
        if size > before:  # not every file object grows by `truncate`
            self._unless_failed((self._file.seek, end - 1), (self._file.write, b"\0"))
        else:
            self._unless_failed((self._file.truncate, end))
        return size

    def flush(self) -> None:
        """Hand everything to the system."""
        self._unless_failed((self._file.flush,))

    def _unless_failed(self, *steps: tuple) -> None:
        if self.failure is None:
            try:
                for step, *arguments in steps:
                    step(*arguments)
            except BaseException as error:
                self.failure = error
                raise
