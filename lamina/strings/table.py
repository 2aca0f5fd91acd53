"""`Table`: byte strings found by their bytes, all of a batch at once, in NumPy."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np

from lamina.strings.packed import Packed

_FACTOR = np.uint64(secrets.randbits(64) | 1)  # nobody can prepare strings whose hashes are equal
_HALF = np.uint64(32)
_AT_ONCE = 2**16  # strings that are looked up: what is made of them stays in a cache
_WORD = 8
_LONGEST = 64  # bytes that are compared word by word; longer strings are rare


class Table:
    """A hash table of open addressing: each round looks at one slot for all strings that are left.

    Attributes:
        places: for each of `strings` the number of a string that is the same, alike for all that are.

    Args:
        strings: what the table holds; some may occur several times.

    Example:
        >>> table = Table(Packed([b"cat", b"a dog of some size", b"cat"]))
        >>> int(table.places[0]) == int(table.places[2])
        True
        >>> table.find(Packed([b"a dog of some size", b"a dog of some kind"])).tolist()
        [1, -1]
    """

    def __init__(self, strings: Packed):
        bits = (4 * len(strings) + 1).bit_length()
        self.__strings, self.__shift = strings, np.uint64(64 - bits)
        self.__owners = np.full(2**bits, -1, np.int32)
        self.places = self.__places(strings, is_new=True)

    def find(self, strings: Packed) -> np.ndarray:
        """Return the place of each string in the table, int64; -1 where it is not."""
        parts = [strings.part(i, i + _AT_ONCE) for i in range(0, len(strings), _AT_ONCE)]
        places = [self.__places(part, is_new=False) for part in parts]
        return np.concatenate(places) if places else np.empty(0, np.int64)

    def __places(self, strings: Packed, is_new: bool) -> np.ndarray:
        owners, numbers = self.__owners, np.arange(len(strings))
        places = np.full(len(strings), -1, np.int64)
        slots = (_hashes(strings) >> self.__shift).astype(np.int64)
        pending: Any = slice(None)  # all of them in the first round, which spares copies
        while slots.size:
            there = owners[slots]
            if is_new:
                is_free = there < 0
                owners[slots[is_free]] = numbers[pending][is_free]  # of several any
                there = owners[slots]
            same = _are_same(strings, pending, self.__strings, there) & (there >= 0)
            places[pending] = np.where(same, there, -1)
            left = np.flatnonzero(~same & (there >= 0))
            pending, slots = numbers[pending][left], (slots[left] + 1) & (len(owners) - 1)
        return places


def _hashes(strings: Packed) -> np.ndarray:
    """Return a hash of each string, uint64, whose highest bits are mixed best."""
    hashes = (strings.heads + strings.lengths.astype(np.uint64) * _FACTOR) * _FACTOR
    longer = np.flatnonzero(strings.lengths > _WORD)
    for first in range(_WORD, _LONGEST, _WORD):
        if not longer.size:
            break
        so_far = hashes[longer]
        words = strings.words_within(longer, first)
        hashes[longer] = ((so_far ^ so_far >> _HALF) + words) * _FACTOR
        longer = longer[strings.lengths[longer] > first + _WORD]
    for i in longer.tolist():
        hashes[i] ^= np.uint64(hash(strings[i]) & (2**64 - 1))
    return (hashes ^ hashes >> _HALF) * _FACTOR


def _are_same(one: Packed, i: Any, other: Packed, j: np.ndarray) -> np.ndarray:
    """Tell for pairs of numbers of strings whether the strings are the same."""
    lengths, numbers = one.lengths[i], np.arange(len(one))[i]
    same = (one.heads[i] == other.heads[j]) & (lengths == other.lengths[j])
    rest = np.flatnonzero(same & (lengths > _WORD))
    for first in range(_WORD, _LONGEST, _WORD):
        if not rest.size:
            return same
        is_same = one.words_within(numbers[rest], first) == other.words_within(j[rest], first)
        same[rest] = is_same
        rest = rest[is_same & (lengths[rest] > first + _WORD)]
    for k in rest.tolist():
        same[k] = one[numbers[k]] == other[j[k]]
    return same
