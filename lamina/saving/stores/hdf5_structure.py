"""The structure of HDF5 files, checked before libhdf5 follows it.

libhdf5 believes that the trees in which groups keep their names, and the lists of free bytes in the heaps of
these names, have an end; in a file made to do harm it goes round in them for ever. So each block is looked
at here first: it lies in the file, belongs to one object only, and its neighbours are those that the tree
above it says. What Keras writes passes: files and headers of the first version.

Source: "HDF5 File Format Specification", version 3, parts II.A, III.A, III.B, III.D and IV.A.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from lamina.core.file_errors import FormatError
from lamina.core.file_source import Source
from lamina.saving.stores.ranges import Ranges

_CONTINUATION, _SYMBOLS = 0x10, 0x11  # types of messages in object headers
_NOWHERE = 2**64 - 1  # the address of what does not exist
_NO_MORE = 1  # ends a list of free bytes
_CACHED = 1  # an entry repeats where the group's tree and heap are

_SUPERBLOCK = struct.Struct("<8sB4xBBxHHI4Q")  # the first 56 bytes
_ENTRY = struct.Struct("<QQI4xQQ")
_NODE = struct.Struct("<4sBBHQQ")
_HEAP = struct.Struct("<4s4xQQQ")


class Structure:
    """The objects of a file, by their addresses.

    Args:
        source: the file.
        ranges: the bytes that are taken so far.

    Raises:
        FormatError: it is of a newer kind than Keras writes, or damaged.
    """

    def __init__(self, source: Source, ranges: Ranges):
        self._source, self._ranges = source, ranges
        self._known: set[int] = set()
        self._repeated: dict[int, tuple[int, int]] = {}
        head = self._read(0, 96, "the beginning")
        _, version, offsets, lengths, leaf, inner, _, base, _, end, _ = _SUPERBLOCK.unpack(
            head[:56]
        )
        if version != 0 or (offsets, lengths, base) != (8, 8, 0):
            raise FormatError(
                "It is an HDF5 file of a newer kind than Keras writes. Save it anew with Keras, or with h5py and "
                "libver='earliest'."
            )
        if end > source.size:
            raise FormatError(f"It is damaged or cut off: {source.size} of {end} bytes are there.")
        self._leaf, self._inner = leaf, inner
        self.examine(self._entry(head[56:96]))

    def examine(self, address: int) -> None:
        """Check the header of the object at `address` and, if it is a group, the tree of its members.

        Raises:
            FormatError: it is damaged, or shares bytes with another object.
        """
        if address in self._known:
            return
        self._known.add(address)
        what = f"the object at {address}"
        for kind, _, data in messages(lambda begin, size: self._read(begin, size, what), address):
            if kind == _SYMBOLS:
                if len(data) < 16:
                    raise _damaged("a group does not say where its members are")
                tree, heap = struct.unpack_from("<QQ", data)
                if self._repeated.get(address, (tree, heap)) != (tree, heap):
                    raise _damaged("two places of it tell different things about a group")
                self._check_heap(heap, what)
                self._check_tree(tree, what)

    def _entry(self, entry: bytes) -> int:
        """Return the address of the object that an entry of a table of members names."""
        _, address, cached, tree, heap = _ENTRY.unpack(entry)
        if cached == _CACHED:
            self._repeated[address] = tree, heap
        return address

    def _check_tree(self, root: int, what: str) -> None:
        """Go through a tree level by level: each node's neighbours must be those in its level."""
        level, tables = [root], list[int]()
        depth: int | None = None
        while level:
            below: list[int] = []
            for before, address, after in zip(
                [_NOWHERE, *level], level, [*level[1:], _NOWHERE], strict=False
            ):
                size = _NODE.size + 8 * (4 * self._inner + 1)
                node = self._read(address, size, what)
                mark, kind, height, count, left, right = _NODE.unpack_from(node)
                depth = height if depth is None else depth
                if mark != b"TREE" or kind or height != depth or count > 2 * self._inner:
                    raise _damaged("the tree of a group's members is not one")
                if (left, right) != (before, after):
                    raise _damaged("the tree of a group's members does not hang together")
                below += struct.unpack_from("<" + "8xQ" * count, node, _NODE.size)
            if not depth:
                tables = below
                break
            level, depth = below, depth - 1
        for table in tables:
            self._check_table(table, what)

    def _check_table(self, address: int, what: str) -> None:
        table = self._read(address, 8 + 40 * 2 * self._leaf, what)
        mark, count = struct.unpack_from("<4s2xH", table)
        if mark != b"SNOD" or count > 2 * self._leaf:
            raise _damaged("a table of a group's members is not one")
        for i in range(count):
            self._entry(table[8 + 40 * i : 48 + 40 * i])

    def _check_heap(self, address: int, what: str) -> None:
        mark, size, free, begin = _HEAP.unpack(self._read(address, _HEAP.size, what))
        if mark != b"HEAP":
            raise _damaged("the names of a group's members are not where they should be")
        names, visited = self._read(begin, size, what), set[int]()
        while free != _NO_MORE:
            if free in visited or free + 16 > size:
                raise _damaged("the free bytes among a group's names are not a list")
            visited.add(free)
            (free,) = struct.unpack_from("<Q", names, free)

    def _read(self, begin: int, size: int, what: str) -> bytes:
        if begin + size > self._source.size:
            raise _damaged(f"{what} lies beyond its end")
        if begin:
            self._ranges.take(begin, size, what)
        return self._source.read_at(begin, size)


def _damaged(what: str) -> FormatError:
    return FormatError(f"It is damaged or cut off: {what}.")


def messages(read: Callable[[int, int], bytes], address: int) -> Iterator[tuple[int, int, bytes]]:
    """Give the type, flags and data of each message of an object, in its header's blocks one after the other.

    Args:
        read: returns bytes from an address on.

    Raises:
        FormatError: the header is damaged, or of a newer kind.
    """
    start = read(address, 16)
    version, _, _, size = struct.unpack("<BxHII", start[:12])
    if version != 1:
        raise FormatError("An object's header is of a newer kind than Keras writes.")
    blocks, visited = [(address + 16, size)], set()
    while blocks:
        begin, size = blocks.pop(0)
        if begin in visited:
            raise FormatError("An object's header refers to itself.")
        visited.add(begin)
        block, at = read(begin, size), 0
        while at + 8 <= size:
            kind, length, flags = struct.unpack_from("<HHB", block, at)
            data = part(block, at + 8, length)
            if kind == _CONTINUATION:
                blocks.append(struct.unpack("<QQ", part(data, 0, 16)))
            yield kind, flags, data
            at += 8 + length


def part(data: bytes, begin: int, size: int) -> bytes:
    """Return `size` bytes of a header.

    Raises:
        FormatError: they are not there.
    """
    if begin + size > len(data):
        raise FormatError("An object's header is cut off.")
    return data[begin : begin + size]
