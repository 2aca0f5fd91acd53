"""What stands around the bytes of the members of a zip archive.

    local header, bytes [, descriptor]      for each member
    central header                          for each member
    [end record of ZIP64, its locator]      if a number below needs more than 32 (16) bits
    end record

Source: PKWARE, APPNOTE.TXT, version 6.3.10.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

# signature, version needed, flags, method, time, date, CRC-32, packed size, size, lengths of name, extra
LOCAL = struct.Struct("<4s5H3I2H")
# signature, version made by, then as above, length of the comment, disk, attributes within, outside, offset
CENTRAL = struct.Struct("<4s6H3I5H2I")
# signature, disk, disk of the directory, members here, members, size and offset of the directory, comment
END = struct.Struct("<4s4H2IH")
# signature, size of the rest, versions made by, needed, disks, members here, members, size, offset
END64 = struct.Struct("<4sQ2H2I4Q")
# signature, disk, offset of the end record of ZIP64, number of disks
LOCATOR = struct.Struct("<4sIQI")
EXTRA = struct.Struct("<2H")  # what it is, length

LOCAL_SIGNATURE = b"PK\x03\x04"
CENTRAL_SIGNATURE = b"PK\x01\x02"
END_SIGNATURE = b"PK\x05\x06"
END64_SIGNATURE = b"PK\x06\x06"
LOCATOR_SIGNATURE = b"PK\x06\x07"
DESCRIPTOR_SIGNATURE = b"PK\x07\x08"

STORED, DEFLATED = 0, 8
OPTIONS, DESCRIPTOR, UTF8 = 0x0006, 0x0008, 0x0800  # flags; the first: how hard it was compressed
ZIP64 = 1  # of extra fields
NARROW, WIDE = 2**16 - 1, 2**32 - 1  # these say: the number stands in a record of ZIP64


@dataclass(frozen=True)
class Member:
    """One file within an archive.

    Args:
        name: with `/` between folders.
        method: `STORED` or `DEFLATED`.
        crc: CRC-32 of its content.
        packed: bytes in the archive.
        size: bytes of its content.
        header: where its local header begins.
        begin: where its bytes begin.
        flags: as both headers have them.
    """

    name: str
    method: int
    crc: int
    packed: int
    size: int
    header: int
    begin: int = 0
    flags: int = 0
