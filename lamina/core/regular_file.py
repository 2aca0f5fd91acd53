"""Opening files that somebody else named: regular files only, opened once, whose bytes are there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from lamina.core.file_errors import FormatError

_BLOCK = 512  # bytes; st_blocks counts these on every POSIX system
_LINK = "{path} is a link to another place. Files that others name are not followed there: copy the file."
_MOST_PIECES = 1000  # of a file with holes that are looked at; the rest counts as a hole


def open_regular(
    path: str | os.PathLike[str], purpose: str = "read", links: bool = True
) -> BinaryIO:
    """Open a regular file to read. What is checked is what was opened, and nothing waits for a writer.

    Args:
        purpose: what is done with it, for the message.
        links: whether the path may be a link to another file, symbolic or hard: it may where a person
            gave the path, and not where a file names it.

    Raises:
        FileNotFoundError: there is no such file.
        FormatError: it is a folder, a pipe, a device or a socket, or a link that is not allowed.

    Example:
        >>> open_regular("/dev/null")
        Traceback (most recent call last):
        ...
        lamina.core.file_errors.FormatError: /dev/null is not a regular file.
    """
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY", *(() if links else ("O_NOFOLLOW",))):
        flags |= getattr(os, name, 0)  # not every system has them
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"There is no file {os.fspath(path)!r} to {purpose} (in {str(Path.cwd())!r})."
        ) from None
    except OSError as error:
        if error.errno == errno.ELOOP and not links:
            raise FormatError(_LINK.format(path=os.fspath(path))) from error
        if error.errno != errno.ENXIO:  # which a socket gives
            raise
        raise FormatError(f"{os.fspath(path)} is not a regular file.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormatError(f"{os.fspath(path)} is not a regular file.")
    if not links and os.fstat(descriptor).st_nlink > 1:
        os.close(descriptor)
        raise FormatError(_LINK.format(path=os.fspath(path)))
    return open(path, "rb", opener=lambda *_: descriptor)  # unlike fdopen, this keeps the name


def size_of(file: BinaryIO) -> int:
    """Return the size of an open, seekable file in bytes."""
    before = file.tell()
    try:
        return file.seek(0, os.SEEK_END)
    finally:
        file.seek(before)


def bytes_on_disk(file: BinaryIO) -> int:
    """Return how many bytes of an open file somebody has written: holes of a sparse file do not count.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryFile() as file:
        ...     _ = file.truncate(2**40)
        ...     bytes_on_disk(file) < 2**20
        True
    """
    size = size_of(file)
    try:
        descriptor = file.fileno()
    except (AttributeError, OSError):  # it lies in memory
        return size
    if getattr(os.fstat(descriptor), "st_blocks", size) * _BLOCK >= size:
        return size
    # Fewer blocks than bytes: holes, or a file system that compresses. Only the former are left out.
    before, begin, written = file.tell(), 0, 0
    try:
        for _ in range(_MOST_PIECES):
            begin = os.lseek(descriptor, begin, os.SEEK_DATA)
            end = os.lseek(descriptor, begin, os.SEEK_HOLE)
            written, begin = written + end - begin, end
    except OSError:  # there are no data behind `begin`
        pass
    finally:
        file.seek(0)  # the descriptor has moved under the buffer
        file.seek(before)
    return written
