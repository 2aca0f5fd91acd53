"""Zip archives made by hand, so that any number in them can be wrong."""

from __future__ import annotations

import stat
import struct
import zlib
from dataclasses import dataclass, field

LOCAL = (
    "<4s5H3I2H",
    ("mark", "needed", "flags", "method", "time", "date", "crc", "packed", "size"),
)
CENTRAL_NAMES = (
    *("mark", "made", "needed", "flags", "method", "time", "date", "crc", "packed", "size"),
    *("name_length", "extra_length", "comment_length", "disk", "internal", "external", "offset"),
)
END_NAMES = ("mark", "disk", "first", "here", "count", "length", "begin", "comment_length")
WIDE = 2**32 - 1


@dataclass
class Part:
    """A member; `local` and `central` replace what its headers would say by rights."""

    name: str | bytes
    content: bytes = b""
    method: int = 0
    flags: int = 0
    mode: int = stat.S_IFREG | 0o644
    packed: bytes | None = None  # instead of the content, compressed
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    local_extra: bytes = b""
    central_extra: bytes = b""
    after: bytes = b""  # follows the bytes
    plain_name: bool = False  # no flag says that the name is UTF-8

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def bytes(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.content
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflater.compress(self.content) + deflater.flush()

    def facts(self) -> dict:
        return {
            "needed": 20,
            "flags": self.flags | (0 if self.raw_name.isascii() or self.plain_name else 0x800),
            "method": self.method,
            "time": 0,
            "date": 33,
            "crc": zlib.crc32(self.content),
            "packed": len(self.bytes),
            "size": len(self.content),
        }


def build(
    parts: list[Part],
    end: dict | None = None,
    prefix: bytes = b"",
    before_directory: bytes = b"",
    before_end: bytes = b"",
    suffix: bytes = b"",
) -> bytes:
    """Return an archive; `end` replaces what its end record would say."""
    out, directory = bytearray(prefix), bytearray()
    for part in parts:
        offset = len(out)
        says = {"mark": b"PK\x03\x04"} | part.facts() | part.local
        name = says.pop("name", part.raw_name)
        out += struct.pack(
            LOCAL[0], *(says[key] for key in LOCAL[1]), len(name), len(part.local_extra)
        )
        out += name + part.local_extra + part.bytes + part.after
        says = {
            "mark": b"PK\x01\x02",
            "made": 3 << 8 | 20,
            **part.facts(),
            "name_length": len(part.raw_name),
            "extra_length": len(part.central_extra),
            "comment_length": 0,
            "disk": 0,
            "internal": 0,
            "external": part.mode << 16,
            "offset": offset,
        } | part.central
        directory += struct.pack("<4s6H3I5H2I", *(says[key] for key in CENTRAL_NAMES))
        directory += part.raw_name + part.central_extra
    out += before_directory
    says = {
        "mark": b"PK\x05\x06",
        "disk": 0,
        "first": 0,
        "here": len(parts),
        "count": len(parts),
        "length": len(directory),
        "begin": len(out),
        "comment_length": 0,
    } | (end or {})
    record = struct.pack("<4s4H2IH", *(says[key] for key in END_NAMES))
    return bytes(out + directory + before_end + record + suffix)


def zip64(parts: list[Part], at: int = 0, **wrong: int) -> bytes:
    """Return what stands before the end record of an archive of ZIP64; `wrong` replaces numbers of it."""
    plain = build(parts)
    disk, first, here, count, length, begin = struct.unpack("<4H2I", plain[-18:-2])
    says = {"disk": disk, "first": first, "here": here, "count": count, "length": length}
    says |= {"begin": begin, "rest": 44, "place": len(plain) - 22, "on": 0, "disks": 1} | wrong
    numbers = ("disk", "first", "here", "count", "length", "begin")
    record = struct.pack(
        "<4sQ2H2I4Q", b"PK\x06\x06", says["rest"], 45, 45, *(says[key] for key in numbers)
    )
    return record + struct.pack("<4sIQI", b"PK\x06\x07", says["on"], says["place"], says["disks"])


def extra(kind: int, content: bytes) -> bytes:
    """Return one extra field."""
    return struct.pack("<2H", kind, len(content)) + content


def zeros(size: int) -> bytes:
    """Return `size` zeros, a multiple of 1 MiB, deflated; it costs no such memory."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = deflater.compress(bytes(2**20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return first * (size // 2**20) + b"\x03\x00"
