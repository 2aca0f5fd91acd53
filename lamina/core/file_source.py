"""Opening what is read: a regular file once, only to read; or a file object that somebody has open."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lamina.core.file_errors import FormatError, LimitError
from lamina.core.load_policy import Budget
from lamina.core.regular_file import bytes_on_disk, open_regular, size_of

_ALIGNMENT = 64  # bytes; engines take such memory as it is, without a copy
_AT_ONCE = 2**22  # bytes; they are still in the processor's cache when their checksum is computed


@dataclass
class Source:
    """A file that is open: its name for messages, its size, and what the load may still take."""

    file: BinaryIO
    name: str
    size: int
    budget: Budget
    open_beside: Callable[[str], BinaryIO] | None = None

    @contextmanager
    def beside(self, name: str) -> Iterator[Source]:
        """Open the file `name` in the same folder: a regular file, and not a link to another place.

        Raises:
            FormatError: there is none, or it is of another kind.
        """
        if self.open_beside is None:
            raise FormatError(
                f"it needs the file {name!r} next to it, and a file object has none. Give its path."
            )
        try:
            file = self.open_beside(name)
        except FileNotFoundError as error:
            raise FormatError(
                f"the file {name!r}, which belongs to it, is not next to it."
            ) from error
        with file:
            yield Source(file, name, size_of(file), self.budget)

    def read_at(self, begin: int, size: int) -> bytes:
        """Return `size` bytes from `begin`; fewer at the end of the file."""
        self.file.seek(begin)
        return self.file.read(size)

    def memory_at(self, begin: int, size: int, checksum: int = 0) -> tuple[np.ndarray, int]:
        """Return `size` bytes from `begin` in new, aligned memory, and their CRC-32 going on from `checksum`.

        Raises:
            LimitError: the budget has less left.
            FormatError: the file ends before.
        """
        memory = self.aligned(size)
        self.file.seek(begin)
        view, done = memory.data, 0
        while done < size:
            count = self.file.readinto(view[done : done + _AT_ONCE])  # type: ignore[attr-defined]
            if not count:
                raise FormatError("it is cut off.")
            checksum = zlib.crc32(view[done : done + count], checksum)
            done += count
        return memory, checksum

    def aligned(self, size: int) -> np.ndarray:
        """Return `size` bytes of new memory, which engines take without a copy."""
        self.budget.charge("bytes", size)
        try:
            memory = np.empty(size + _ALIGNMENT, np.uint8)
        except MemoryError as error:
            raise LimitError(f"{size:,} bytes are more than this machine has left.") from error
        start = -memory.ctypes.data % _ALIGNMENT
        return memory[start : start + size]


@contextmanager
def opened(
    source: str | os.PathLike[str] | BinaryIO,
    budget: Budget | None,
    beside: Callable[[str], BinaryIO] | None = None,
) -> Iterator[Source]:
    """Open a path once, only to read; or take a file object that reads and seeks, which stays open.

    Args:
        budget: of the load; the bytes of a path are added to those that it knows. Without one, a load
            with the usual limits begins.
        beside: opens other files of the same set by their names; by default those in the path's folder.

    Raises:
        OSError: the path is not there, or may not be read.
        FormatError: it is a folder, a pipe or a device; or what is read later is refused.
    """
    budget = Budget() if (own := budget is None) else budget
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        with open_regular(path, "load weights from") as file:
            budget.file_bytes += bytes_on_disk(file)
            yield Source(file, str(path), size_of(file), budget, beside or _in_folder(path, budget))
        return
    if not (callable(getattr(source, "readinto", None)) and source.seekable()):
        raise TypeError(
            f"A weights file is given by a path, or by a binary file object that seeks, not by {source!r:.100}."
        )
    size = size_of(source)
    if own:
        budget.file_bytes += size
    yield Source(source, str(getattr(source, "name", "the file object")), size, budget, beside)


def _in_folder(path: Path, budget: Budget) -> Callable[[str], BinaryIO]:
    def open_beside(name: str) -> BinaryIO:
        file = open_regular(path.with_name(name), "load weights from", links=False)
        budget.file_bytes += bytes_on_disk(file)
        return file

    return open_beside
