"""`Packed`: many byte strings as one buffer, of which NumPy reads words at any place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PADDING = bytes(8)  # so that eight bytes can be read wherever a string ends
_MASKS = np.array([2 ** (8 * count) - 1 for count in range(8)], np.uint64)


class Packed(Sequence[bytes]):
    """Byte strings in one buffer.

    Attributes:
        starts: where each begins in the buffer (int64).
        lengths: their numbers of bytes (int64).

    Example:
        >>> packed = Packed([b"ab", b"", b"c"])
        >>> packed.starts.tolist(), packed.lengths.tolist()
        ([0, 2, 2], [2, 0, 1])
    """

    starts: np.ndarray
    lengths: np.ndarray

    def __init__(self, texts: Sequence[bytes]):
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        self.__take(b"".join([*texts, PADDING]), np.cumsum(lengths) - lengths, lengths)

    @classmethod
    def within(cls, buffer: bytes, starts: np.ndarray, lengths: np.ndarray) -> Packed:
        """Return the strings that lie at these places of a buffer, which ends in `PADDING`."""
        packed = cls.__new__(cls)
        packed.__take(buffer, starts, lengths)
        return packed

    def __take(self, buffer: bytes, starts: np.ndarray, lengths: np.ndarray) -> None:
        self.__buffer, self.starts, self.lengths = buffer, starts, lengths
        self.__bytes = np.frombuffer(buffer, np.uint8)
        self.__words = np.ndarray((len(buffer) - 7,), "<u8", buffer, strides=(1,))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index):
        start = int(self.starts[index])
        return self.__buffer[start : start + int(self.lengths[index])]

    def part(self, first: int, stop: int) -> Packed:
        """Return the strings with numbers from `first` to below `stop`, in the same buffer."""
        return self.within(self.__buffer, self.starts[first:stop], self.lengths[first:stop])

    def at(self, which: np.ndarray) -> Packed:
        """Return the strings of these numbers, in the same buffer."""
        return self.within(self.__buffer, self.starts[which], self.lengths[which])

    def __iter__(self):
        return iter(self.some(slice(None)))

    def some(self, which: np.ndarray | slice) -> list[bytes]:
        """Return the strings of these numbers."""
        starts = self.starts[which]
        pairs = zip(starts.tolist(), (starts + self.lengths[which]).tolist(), strict=True)
        return [self.__buffer[start:stop] for start, stop in pairs]

    def copied(self, which: np.ndarray) -> Packed:
        """Return the strings of these numbers, in a buffer of their own."""
        lengths = self.lengths[which]
        starts = np.cumsum(lengths) - lengths
        places = np.repeat(self.starts[which] - starts, lengths) + np.arange(lengths.sum())
        return self.within(self.__bytes[places].tobytes() + PADDING, starts, lengths)

    @classmethod
    def joined(cls, parts: Sequence[Packed]) -> Packed:
        """Return the strings of all parts, in one buffer."""
        sizes = [len(part.__buffer) for part in parts]
        firsts = np.cumsum([0, *sizes])
        starts = [part.starts + first for part, first in zip(parts, firsts, strict=False)]
        lengths = [part.lengths for part in parts]
        buffer = b"".join([*(part.__buffer for part in parts), PADDING])
        none = np.empty(0, np.int64)
        return cls.within(buffer, np.concatenate([none, *starts]), np.concatenate([none, *lengths]))

    def byte(self, places: np.ndarray) -> np.ndarray:
        """Return the bytes at `places`, as uint64."""
        return self.__bytes[places].astype(np.uint64)

    def word(self, places: np.ndarray) -> np.ndarray:
        """Return the eight bytes from each of `places` on as one uint64, lowest byte first."""
        return self.__words[places]

    def half_word(self, places: np.ndarray) -> np.ndarray:
        """Return the four bytes from each of `places` on, as uint64."""
        return self.word(places) & np.uint64(0xFFFFFFFF)

    def words(self) -> tuple[np.ndarray, np.ndarray]:
        """Return strings of less than eight bytes as numbers, and the places of longer ones.

        Returns:
            uint64 for each string: its bytes, 0 beyond its end, and its length; so numbers are in the order of the
            strings. For longer ones it is of no meaning.
        """
        lengths = self.lengths.view(np.uint64)
        heads = self.word(self.starts) & _MASKS.take(self.lengths, mode="clip")
        return heads.byteswap() | lengths, np.flatnonzero(self.lengths > 7)
