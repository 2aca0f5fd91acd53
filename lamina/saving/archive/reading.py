"""Reading the members of archives from others."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from lamina.core.file_errors import FormatError, quoted
from lamina.core.load_policy import Budget
from lamina.core.regular_file import size_of
from lamina.saving.archive.checksums import checksum
from lamina.saving.archive.directory import read_members
from lamina.saving.archive.names import check_together
from lamina.saving.archive.records import DEFLATED, Member
from lamina.saving.archive.window import Window

_AT_ONCE = 2**16  # packed bytes; what comes out of them is taken in pieces, too


class ArchiveReader:
    """The members of an archive; their bytes are read, and checked against their CRC, when they are opened.

    Args:
        file: the archive, seekable; it must stay open.
        budget: what members take is charged to it.
        allows: says of a name (of a folder, if it ends with `/`) whether the format has such a member.
        ignores: whether members that the format does not have are left out, rather than refused.

    Raises:
        FormatError: it is not such an archive.
        LimitError: it has more members than the budget allows.

    Example:
        >>> import zipfile
        >>> file = io.BytesIO()
        >>> with zipfile.ZipFile(file, "w") as archive:
        ...     archive.writestr("config.json", "{}")
        >>> reader = ArchiveReader(file, Budget(), lambda name: name == "config.json")
        >>> reader.read("config.json")
        b'{}'
    """

    def __init__(
        self,
        file: BinaryIO,
        budget: Budget,
        allows: Callable[[str], bool],
        ignores: bool = False,
    ):
        self._file, self._budget = file, budget
        placed = read_members(file, size_of(file), budget)
        check_together(member.name for member in placed)
        unknown = [member.name for member in placed if not allows(member.name)]
        if unknown and not ignores:
            raise FormatError(
                f"it has members that do not belong there: {', '.join(map(quoted, unknown[:5]))}"
                f"{f' and {len(unknown) - 5} more' if len(unknown) > 5 else ''}. Remove them, or pass "
                "policy=LoadPolicy(ignore_members=True)."
            )
        self.members: dict[str, Member] = {
            member.name: member
            for member in placed
            if allows(member.name) and not member.name.endswith("/")
        }
        """What the format allows, by name."""

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def open(self, name: str) -> BinaryIO:
        """Return a member as a seekable file: a view on the archive's, or in memory if it was compressed.

        Raises:
            FormatError: there is no such member, or its bytes are damaged.
            LimitError: it is too large.
        """
        if name not in self.members:
            raise FormatError(f"it has no member {name!r}.")
        member = self.members[name]
        if member.method == DEFLATED:
            self._budget.charge("inflated_bytes", member.size)
            self._budget.charge("bytes", member.size)
            content: Any = Window(_inflated(self._file, member), 0, member.size, name)
        else:
            content = Window(self._file, member.begin, member.size, name)
        if checksum(content) != member.crc:
            raise FormatError(f"the member {name!r} is damaged: its checksum is wrong.")
        content.seek(0)
        return content

    def read(self, name: str, limit: str = "metadata_bytes") -> bytes:
        """Return all of a member.

        Args:
            limit: the field of `Limits` that bounds its size.

        Raises:
            FormatError: there is no such member, or its bytes are damaged.
            LimitError: it is larger.
        """
        if name in self.members:
            self._budget.check(limit, self.members[name].size)
        with self.open(name) as file:
            return file.read()


def _inflated(file: BinaryIO, member: Member) -> BinaryIO:
    """Return the content of a compressed member; no more is made than its headers say."""
    packed = Window(file, member.begin, member.packed, member.name)
    inflater, content = zlib.decompressobj(-zlib.MAX_WBITS), io.BytesIO()
    try:
        while not inflater.eof:
            given = inflater.unconsumed_tail or packed.read(_AT_ONCE)
            piece = inflater.decompress(given or b"", 16 * _AT_ONCE)
            if not given and not piece:
                raise FormatError(f"the member {quoted(member.name)} is cut off.")
            if content.tell() + len(piece) > member.size:
                break
            content.write(piece)
    except zlib.error as error:
        raise FormatError(f"the member {quoted(member.name)} is damaged: {error}.") from error
    whole = inflater.eof and not inflater.unused_data and packed.tell() == member.packed
    if not whole or content.tell() != member.size:
        raise FormatError(f"the member {quoted(member.name)} does not inflate to the size it says.")
    return content
