"""Text in the attributes of HDF5 files, read from the bytes of the file.

libhdf5 believes the lengths that an attribute states of its strings, so it takes no part here: every
offset and length is compared with the file before it is followed. What Keras writes is read: old
object headers with attributes in them, of strings of fixed or variable length, none or one axis long.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

from lamina.core.file_errors import FormatError, quoted
from lamina.saving.stores.hdf5_structure import messages, part

_ATTRIBUTE, _DENSE = 0x0C, 0x15  # types of messages in object headers
_STRING, _VARIABLE = 3, 9  # classes of datatypes
_REFERENCE = struct.Struct("<IQI")  # a string of variable length: length, heap, number in the heap
_NOWHERE = 2**64 - 1  # the address of what does not exist


class Bytes(Protocol):
    """A file that is open."""

    size: int

    def read_at(self, begin: int, size: int) -> bytes:
        """Return `size` bytes from `begin`; fewer at the end of the file."""
        ...


@dataclass(frozen=True)
class _Message:
    """An attribute as it lies in an object header."""

    datatype: bytes
    dataspace: bytes
    data: bytes


class Texts:
    """Attributes that hold text, by the object's address.

    Each string in the file belongs to one attribute, so all texts together are no longer than the file,
    and the time is linear in its size.

    Args:
        file: with 8-byte offsets and lengths, as every HDF5 file of Keras.
    """

    def __init__(self, file: Bytes):
        self._file = file
        self._left = 2 * file.size  # bytes to read: those of good files are read once, or nearly
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self._headers: dict[int, dict[str, _Message]] = {}
        self._read: dict[tuple[int, str], str | list[str]] = {}
        self._used: set[tuple[int, int]] = set()

    def get(self, address: int, name: str) -> str | list[str] | None:
        """Return the attribute `name` of the object at `address`, `None` if it has none of that name.

        Raises:
            FormatError: it does not hold text, or the bytes are not there.
        """
        if address not in self._headers:
            self._headers[address] = self._attributes(address)
        message = self._headers[address].get(name)
        if message is None:
            return None
        if (address, name) not in self._read:
            try:
                self._read[address, name] = self._value(message)
            except FormatError as error:
                raise FormatError(f"The attribute {quoted(name)} {error}") from error
        return self._read[address, name]

    def names(self, address: int) -> list[str]:
        """Return the names of the attributes of the object at `address`."""
        self.get(address, "")
        return list(self._headers[address])

    # Object headers.

    def _attributes(self, address: int) -> dict[str, _Message]:
        attributes: dict[str, _Message] = {}
        for kind, flags, data in messages(self._bytes, address):
            if kind == _DENSE and _dense(data):
                raise FormatError(
                    "Attributes are stored outside of the object, as Keras never writes."
                )
            if kind == _ATTRIBUTE:
                if flags & 2:
                    raise FormatError(
                        "An attribute is shared between objects, as Keras never writes."
                    )
                name, message = _attribute(data)
                if name in attributes:
                    raise FormatError(f"The attribute {quoted(name)} is there twice.")
                attributes[name] = message
        return attributes

    # Values.

    def _value(self, message: _Message) -> str | list[str]:
        shape = _shape(message.dataspace)
        if len(shape) > 1:
            raise FormatError(f"has {len(shape)} axes; text has none or one.")
        count = shape[0] if shape else 1
        kind, size = message.datatype[0] & 0x0F, *struct.unpack_from("<I", message.datatype, 4)
        is_text = kind == _STRING or (kind == _VARIABLE and message.datatype[1] & 0x0F == 1)
        if not is_text and count:  # an empty list of names is written as one of floats
            raise FormatError(f"does not hold text (HDF5 type class {kind}).")
        if count * max(size, 1) > len(message.data):
            raise FormatError(f"states {count} values of {size} bytes; its bytes are not there.")
        parts = [message.data[i * size : (i + 1) * size] for i in range(count)]
        if kind == _VARIABLE:
            parts = [self._in_heap(part) for part in parts]
        texts = [_decoded(part, message.datatype) for part in parts]
        return texts if shape else texts[0]

    def _in_heap(self, reference: bytes) -> bytes:
        length, heap, number = _REFERENCE.unpack(part(reference, 0, _REFERENCE.size))
        if not length:
            return b""
        if heap not in self._heaps:
            self._heaps[heap] = self._objects(heap)
        begin, size = self._heaps[heap].get(number, (0, 0))
        if length > size:
            raise FormatError(f"states a text of {length} bytes; its bytes are not there.")
        if (heap, number) in self._used:
            raise FormatError("shares a text with another attribute.")
        self._used.add((heap, number))
        return self._bytes(begin, length)

    def _objects(self, heap: int) -> dict[int, tuple[int, int]]:
        """Return where the objects of a global heap begin, and their sizes, by their numbers."""
        signature, version, size = struct.unpack("<4sB3xQ", self._bytes(heap, 16))
        if signature != b"GCOL" or version != 1 or heap + size > self._file.size:
            raise FormatError("refers to a place that holds no texts.")
        objects: dict[int, tuple[int, int]] = {}
        at = 16
        while at + 16 <= size:
            number, _, length = struct.unpack("<HH4xQ", self._bytes(heap + at, 16))
            if number == 0:  # the rest is free
                break
            if at + 16 + length > size or number in objects:
                raise FormatError("refers to a damaged list of texts.")
            objects[number] = (heap + at + 16, length)
            at += 16 + -(-length // 8) * 8
        return objects

    def _bytes(self, begin: int, size: int) -> bytes:
        if begin + size > self._file.size:
            raise FormatError("refers to bytes beyond the end of the file.")
        self._left -= size
        if self._left < 0:
            raise FormatError("refers to bytes that other attributes have, too.")
        return self._file.read_at(begin, size)


def _dense(data: bytes) -> bool:
    """Tell whether a message about attributes says that some lie outside of the header."""
    flags = part(data, 1, 1)[0]
    (address,) = struct.unpack("<Q", part(data, 4 if flags & 1 else 2, 8))
    return address != _NOWHERE


def _attribute(data: bytes) -> tuple[str, _Message]:
    """Return an attribute's name and parts; they are padded to 8 bytes in the first version."""
    version, flags, *sizes = struct.unpack("<BBHHH", part(data, 0, 8))
    if version not in (1, 2, 3) or (version > 1 and flags):
        raise FormatError("An attribute is of a kind that Keras never writes.")
    at, parts = 9 if version == 3 else 8, []
    for size in sizes:
        parts.append(part(data, at, size))
        at += -(-size // 8) * 8 if version == 1 else size
    name, datatype, dataspace = parts
    part(datatype, 0, 8)
    part(dataspace, 0, 4)
    return name.rstrip(b"\0").decode("utf-8", "backslashreplace"), _Message(
        datatype, dataspace, data[at:]
    )


def _shape(dataspace: bytes) -> tuple[int, ...]:
    version, rank, _, kind = dataspace[:4]
    if version not in (1, 2) or (version == 2 and kind == 2):
        raise FormatError("holds nothing at all (a null dataspace).")
    sizes = part(dataspace, 8 if version == 1 else 4, 8 * rank)
    return struct.unpack(f"<{rank}Q", sizes)


def _decoded(text: bytes, datatype: bytes) -> str:
    padding = datatype[1] & 0x0F if datatype[0] & 0x0F == _STRING else 0
    text = text.rstrip(b" ") if padding == 2 else text.partition(b"\0")[0]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError(f"holds a text that is not UTF-8: {quoted(text)}.") from None
