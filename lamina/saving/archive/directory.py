"""The structure of an archive: where its members lie, by all that it says about them.

A zip file says most things twice, and readers differ in which of both they believe. Here nothing is
believed that is not said in the same way everywhere: the members, the list of them and the end record fill
the file without a gap, and each header agrees with its twin. `zipfile` would have nothing left to decide.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from lamina.core.file_errors import FormatError, quoted
from lamina.core.load_policy import Budget
from lamina.saving.archive.names import check_name
from lamina.saving.archive.records import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    DEFLATED,
    DESCRIPTOR,
    DESCRIPTOR_SIGNATURE,
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
    OPTIONS,
    STORED,
    UTF8,
    WIDE,
    ZIP64,
    Member,
)

_LONGEST_NAME = 4096  # bytes; of all extra fields of a header, too
# Extra fields that change nothing: times, owners, padding. Others name or encrypt the member anew.
_HARMLESS = {0x000A, 0x5455, 0x7875, 0xA220, 0xD935}
_DOS_FOLDER = 0x10


def read_members(file: BinaryIO, size: int, budget: Budget) -> list[Member]:
    """Return all members of an archive of `size` bytes, folders included.

    Raises:
        FormatError: the archive says something twice in different ways, or holds what is not read.
        LimitError: it has more members than the budget allows.
    """
    count, begin, end = _end(file, size)
    budget.charge("members", count)
    file.seek(begin)
    members = [_central(file) for _ in range(count)]
    if file.tell() != end:
        raise FormatError("its list of members is not as long as it says.")
    return list(_placed(file, members, begin))


def _end(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Return the number of members, and where the list of them begins and ends."""
    at = size - END.size
    if at < 0:
        raise FormatError(f"it is not a zip archive ({size} bytes).")
    signature, disk, first, here, count, length, begin, comment = _unpack(file, at, END)
    if signature != END_SIGNATURE or comment:
        raise FormatError("it does not end as a zip archive does: it is cut off, or more follows.")
    numbers = [disk, first, here, count, length, begin]
    if at >= LOCATOR.size + END64.size:
        mark, disk, place, disks = _unpack(file, at - LOCATOR.size, LOCATOR)
        if mark == LOCATOR_SIGNATURE:
            at -= LOCATOR.size + END64.size
            mark, rest, _, _, *wide = _unpack(file, at, END64)
            agree = all(n in (w, most) for n, w, most in zip(numbers, wide, _MOST, strict=True))
            if not agree or (mark, rest, place, disk, disks) != (_MARK64, _REST, at, 0, 1):
                raise FormatError("its end record and that of ZIP64 disagree.")
            numbers = wide
    disk, first, here, count, length, begin = numbers
    if disk or first or here != count:
        raise FormatError("it is one of several parts of an archive.")
    if begin + length != at or length < count * CENTRAL.size:
        raise FormatError("its list of members is not where it says.")
    return count, begin, at


_MARK64, _REST = END64_SIGNATURE, END64.size - 12  # what follows the number `rest` itself
_MOST = NARROW, NARROW, NARROW, NARROW, WIDE, WIDE


def _central(file: BinaryIO) -> Member:
    """Return the next member of the list, whose place is not known yet."""
    fields = _unpack(file, file.tell(), CENTRAL)
    signature, _, _, flags, method, _, _, crc, packed, size = fields[:10]
    n_name, n_extra, n_comment, disk, _, attributes, header = fields[10:]
    if signature != CENTRAL_SIGNATURE or disk or n_comment:
        raise FormatError("its list of members is damaged.")
    name = _name(_read(file, n_name), flags)
    size, packed, header = _wide([size, packed, header], _extra(file, n_extra, name), name)
    if flags & ~(UTF8 | DESCRIPTOR | (OPTIONS if method == DEFLATED else 0)):
        raise FormatError(f"the member {quoted(name)} is encrypted, or has flags {flags:#x}.")
    if method not in (STORED, DEFLATED):
        raise FormatError(
            f"the member {quoted(name)} is compressed by method {method}; only 'deflate' is read."
        )
    folder = name.endswith("/")
    kind = stat.S_IFMT(attributes >> 16)
    if kind not in (0, stat.S_IFDIR if folder else stat.S_IFREG):
        raise FormatError(f"the member {quoted(name)} is a link or a device, not a file.")
    if attributes & _DOS_FOLDER and not folder:
        raise FormatError(f"the member {quoted(name)} is a folder by its attributes.")
    if (method == STORED and packed != size) or (folder and size):
        raise FormatError(f"the member {quoted(name)} has an impossible size.")
    return Member(name, method, crc, packed, size, header, flags=flags)


def _placed(file: BinaryIO, members: list[Member], end: int) -> Iterator[Member]:
    """Give the members with the places of their bytes, after comparing their local headers."""
    order = sorted(members, key=lambda member: member.header)
    places = [member.header for member in order] + [end]
    if places[0] != 0:
        raise FormatError(f"its first {places[0]} bytes belong to nothing.")
    for member, following in zip(order, places[1:], strict=True):
        begin = _begin(file, member)
        at = begin + member.packed
        if member.flags & DESCRIPTOR:
            at += _descriptor(file, member, at, following - at)
        if at != following:
            raise FormatError(
                f"the member {quoted(member.name)} does not end where the next one begins, "
                f"at byte {following}."
            )
        yield replace(member, begin=begin)


def _begin(file: BinaryIO, member: Member) -> int:
    """Return where the member's bytes begin, after comparing its local header with the list's."""
    signature, _, flags, method, _, _, crc, packed, size, n_name, n_extra = _unpack(
        file, member.header, LOCAL
    )
    if signature != LOCAL_SIGNATURE:
        raise FormatError(f"the member {quoted(member.name)} has no header where it should.")
    name = _name(_read(file, n_name), flags)
    size, packed = _wide([size, packed], _extra(file, n_extra, name), name)
    numbers = crc, packed, size
    later = flags & DESCRIPTOR and numbers == (0, 0, 0)  # they follow the bytes
    if (name, flags, method) != (member.name, member.flags, member.method) or not (
        later or numbers == (member.crc, member.packed, member.size)
    ):
        raise FormatError(f"the header of the member {quoted(member.name)} says something else.")
    return file.tell()


def _descriptor(file: BinaryIO, member: Member, at: int, length: int) -> int:
    """Return the length of what follows the member's bytes, after comparing it."""
    numbers = member.crc, member.packed, member.size
    for layout in ("<3I", "<I2Q"):
        for signature in (DESCRIPTOR_SIGNATURE, b""):
            if length == len(signature) + struct.calcsize(layout):
                file.seek(at)
                if member.size <= WIDE and _read(file, length) == signature + struct.pack(
                    layout, *numbers
                ):
                    return length
    raise FormatError(f"what follows the member {quoted(member.name)} disagrees with its header.")


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & UTF8 else "ascii")
    except UnicodeDecodeError:
        raise FormatError(f"the name {quoted(raw)} of a member is not text.") from None
    check_name(name)
    return name


def _extra(file: BinaryIO, length: int, name: str) -> bytes | None:
    """Read the extra fields of a header; return what they say about ZIP64."""
    raw, wide = _read(file, length), None
    while raw:
        if len(raw) < EXTRA.size:
            raise FormatError(f"the member {quoted(name)} has a damaged header.")
        kind, size = EXTRA.unpack_from(raw)
        field, raw = raw[EXTRA.size : EXTRA.size + size], raw[EXTRA.size + size :]
        if len(field) != size or (kind == ZIP64 and (wide is not None or size % 8)):
            raise FormatError(f"the member {quoted(name)} has a damaged header.")
        if kind == ZIP64:
            wide = field
        elif kind not in _HARMLESS:
            raise FormatError(f"the member {quoted(name)} has an extra field {kind:#06x}.")
    return wide


def _wide(numbers: list[int], wide: bytes | None, name: str) -> list[int]:
    """Return the numbers of a header, those in its field of ZIP64 put in their places."""
    if wide is None:
        wide = b""
    values = list(struct.unpack(f"<{len(wide) // 8}Q", wide))
    absent = [i for i, number in enumerate(numbers) if number == WIDE]
    if len(values) == 2 and not absent:  # some versions of Python say both sizes twice
        agree = values == numbers[:2]
    else:
        agree = len(values) == len(absent)
    if not agree:
        raise FormatError(f"the member {quoted(name)} has numbers of ZIP64 that do not fit.")
    for i, value in zip(absent, values, strict=False):
        numbers[i] = value
    return numbers


def _unpack(file: BinaryIO, at: int, layout: struct.Struct) -> tuple:
    file.seek(at)
    raw = file.read(layout.size)
    if len(raw) < layout.size:
        raise FormatError("it is cut off.")
    return layout.unpack(raw)


def _read(file: BinaryIO, length: int) -> bytes:
    if length > _LONGEST_NAME:
        raise FormatError(f"it has a header of {length} bytes.")
    raw = file.read(length)
    if len(raw) < length:
        raise FormatError("it is cut off.")
    return raw
