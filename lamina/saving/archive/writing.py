"""Writing an archive, each member straight into its place."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from lamina.core.regular_file import size_of
from lamina.saving.archive.checksums import SummedWindow
from lamina.saving.archive.names import check_name, check_together
from lamina.saving.archive.records import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    EXTRA,
    LOCAL,
    LOCAL_SIGNATURE,
    LOCATOR,
    LOCATOR_SIGNATURE,
    NARROW,
    STORED,
    UTF8,
    WIDE,
    ZIP64,
    Member,
)

_UNIX = 3 << 8  # made by: how the attributes are meant
_LONG = 45  # version of the format that knows ZIP64
_DATE = 33  # 1980-01-01: equal models give equal bytes


class ArchiveWriter:
    """An archive whose members are written one after the other, uncompressed.

    Use it in a `with` statement: at its end the list of members is written, unless there was an error.

    Args:
        file: empty, open to read and to write (`"w+b"`).

    Raises:
        ValueError: it is not empty.

    Example:
        >>> file = io.BytesIO()
        >>> with ArchiveWriter(file) as archive:
        ...     archive.write("config.json", b"{}")
        >>> import zipfile
        >>> zipfile.ZipFile(file).namelist()
        ['config.json']
    """

    def __init__(self, file: BinaryIO):
        if size := size_of(file):
            raise ValueError(f"An archive is written into an empty file, not after {size} bytes.")
        self._file, self._members = file, list[Member]()

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None:
            self._write_directory()

    def write(self, name: str, content: bytes) -> None:
        """Write a member at once."""
        with self.member(name) as file:
            file.write(content)

    @contextmanager
    def member(self, name: str) -> Iterator[BinaryIO]:
        """Give a seekable file to write the member `name` into; it must not be used afterwards.

        Raises:
            FormatError: the name is not a plain path. The end of the archive says so if names collide.
        """
        check_name(name)
        header = self._file.seek(0, io.SEEK_END)
        self._file.write(_local(Member(name, STORED, 0, 0, 0, header)))
        begin = self._file.tell()
        window = SummedWindow(self._file, begin, name)
        with window.uncovered():
            yield window  # type: ignore[misc]
        crc = window.checksum()
        member = Member(name, STORED, crc, window.size, window.size, header, begin)
        self._file.seek(header)
        self._file.write(_local(member))
        self._members.append(member)

    def _write_directory(self) -> None:
        check_together(member.name for member in self._members)
        begin = self._file.seek(0, io.SEEK_END)
        for member in self._members:
            self._file.write(_central(member))
        end, count = self._file.tell(), len(self._members)
        numbers = count, count, end - begin, begin
        if count >= NARROW or end >= WIDE:
            rest = END64.size - 12  # without signature and this number
            self._file.write(
                END64.pack(END64_SIGNATURE, rest, _UNIX | _LONG, _LONG, 0, 0, *numbers)
            )
            self._file.write(LOCATOR.pack(LOCATOR_SIGNATURE, 0, end, 1))
        narrow = [
            min(n, most) for n, most in zip(numbers, (NARROW, NARROW, WIDE, WIDE), strict=True)
        ]
        self._file.write(END.pack(END_SIGNATURE, 0, 0, *narrow, 0))
        self._file.flush()


def _local(member: Member) -> bytes:
    """Return a local header that has room for any size: it is written before the size is known."""
    extra = EXTRA.pack(ZIP64, 16) + member.size.to_bytes(8, "little") * 2
    name, flags = _encoded(member.name)
    rest = WIDE, WIDE, len(name), len(extra)
    fields = LOCAL.pack(LOCAL_SIGNATURE, _LONG, flags, STORED, 0, _DATE, member.crc, *rest)
    return fields + name + extra


def _central(member: Member) -> bytes:
    numbers = [member.size, member.packed, member.header]
    wide = b"".join(n.to_bytes(8, "little") for n in numbers if n >= WIDE)
    extra = EXTRA.pack(ZIP64, len(wide)) + wide if wide else b""
    size, packed, header = (min(n, WIDE) for n in numbers)
    name, flags = _encoded(member.name)
    attributes = (stat.S_IFREG | 0o644) << 16
    fields = CENTRAL.pack(
        *(CENTRAL_SIGNATURE, _UNIX | _LONG, _LONG, flags, STORED, 0, _DATE),
        *(member.crc, packed, size, len(name), len(extra), 0, 0, 0, attributes, header),
    )
    return fields + name + extra


def _encoded(name: str) -> tuple[bytes, int]:
    return name.encode(), 0 if name.isascii() else UTF8
