"""`Packed`: many byte strings as one buffer, of which NumPy reads words at any place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_PADDING = bytes(8)  # so that eight bytes can be read wherever a string ends


class Packed:
    """Byte strings, one after the other in one buffer.

    Attributes:
        starts: where each begins in the buffer (int64).
        lengths: their numbers of bytes (int64).

    Example:
        >>> packed = Packed([b"ab", b"", b"c"])
        >>> packed.starts.tolist(), packed.lengths.tolist()
        ([0, 2, 2], [2, 0, 1])
    """

    def __init__(self, texts: Sequence[bytes]):
        self.lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        self.starts = np.cumsum(self.lengths) - self.lengths
        buffer = b"".join([*texts, _PADDING])
        self.__bytes = np.frombuffer(buffer, np.uint8)
        self.__words = np.ndarray((len(buffer) - 7,), "<u8", buffer, strides=(1,))

    def byte(self, places: np.ndarray) -> np.ndarray:
        """Return the bytes at `places`, as uint64."""
        return self.__bytes[places].astype(np.uint64)

    def word(self, places: np.ndarray) -> np.ndarray:
        """Return the eight bytes from each of `places` on as one uint64, lowest byte first."""
        return self.__words[places]

    def half_word(self, places: np.ndarray) -> np.ndarray:
        """Return the four bytes from each of `places` on, as uint64."""
        return self.word(places) & np.uint64(0xFFFFFFFF)
