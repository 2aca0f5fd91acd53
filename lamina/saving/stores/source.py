"""Opening what is read: a regular file once, only to read; or a file object that somebody has open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lamina.core.file_errors import FormatError
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

    def read_at(self, begin: int, size: int) -> bytes:
        """Return `size` bytes from `begin`; fewer at the end of the file."""
        self.file.seek(begin)
        return self.file.read(size)

    def memory_at(self, begin: int, size: int) -> np.ndarray:
        """Return `size` bytes from `begin` in new, aligned memory.

        Raises:
            LimitError: the budget has less left.
            FormatError: the file ends before.
        """
        memory = self.aligned(size)
        self.file.seek(begin)
        view = memory.data
        done = 0
        while done < size:
            count = self.file.readinto(view[done : done + _AT_ONCE])  # type: ignore[attr-defined]
            if not count:
                raise FormatError("it is cut off.")
            done += count
        return memory

    def aligned(self, size: int) -> np.ndarray:
        """Return `size` bytes of new memory, which engines take without a copy."""
        self.budget.charge("bytes", size)
        memory = np.empty(size + _ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % _ALIGNMENT
        return memory[start : start + size]


@contextmanager
def opened(source: str | os.PathLike[str] | BinaryIO, budget: Budget | None) -> Iterator[Source]:
    """Open a path once, only to read; or take a file object that reads and seeks, which stays open.

    Args:
        budget: of the load; the bytes of a path are added to those that it knows. Without one, a load
            with the usual limits begins.

    Raises:
        OSError: the path is not there, or may not be read.
        FormatError: it is a folder, a pipe or a device; or what is read later is refused.
    """
    budget = Budget() if (own := budget is None) else budget
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        with open_regular(path, "load weights from") as file:
            budget.file_bytes += bytes_on_disk(file)
            yield Source(file, str(path), size_of(file), budget)
        return
    if not (callable(getattr(source, "readinto", None)) and source.seekable()):
        raise TypeError(
            f"A weights file is given by a path, or by a binary file object that seeks, not by {source!r:.100}."
        )
    size = size_of(source)
    if own:
        budget.file_bytes += size
    yield Source(source, str(getattr(source, "name", "the file object")), size, budget)
