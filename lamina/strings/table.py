"""`Table`: byte strings found by their bytes, all of a batch at once, in NumPy."""

from __future__ import annotations

import secrets

import numpy as np

from lamina.strings.packed import Packed

_FACTOR = np.uint64(secrets.randbits(64) | 1)  # nobody can prepare strings whose hashes are equal
_HALF = np.uint64(32)
_AT_ONCE = 2**15  # strings that are looked up: what is made of them stays in a cache
_WORD = 8
_LONGEST = 64  # bytes that are compared word by word; longer strings are rare
_IS_LONG = np.uint64(255)  # in place of the length with which a short string's key ends
_OF_NONE = np.uint64(254)  # the key where no string is


class Table:
    """A hash table whose slots hold one string each, read for all strings of a batch at once.

    The few strings whose slot an earlier one has are in a dict beside it.

    Args:
        strings: what the table holds, all different; those that come first are found soonest.

    Example:
        >>> table = Table(Packed([b"cat", b"a dog of some size"]))
        >>> table.find(Packed([b"a dog of some size", b"a dog of some kind", b"cat"])).tolist()
        [1, -1, 0]
    """

    def __init__(self, strings: Packed):
        number, keys = len(strings), _keys(strings)
        bits = (4 * number + 1).bit_length()
        self.__strings, self.__keys = strings, np.append(keys, _OF_NONE)
        self.__shift = np.uint64(64 - bits)
        self.__owners = np.full(2**bits, -1, np.int32)
        slots = self.__slots(keys)
        self.__owners[slots[::-1]] = np.arange(number - 1, -1, -1)  # the first string stays
        others = np.flatnonzero(self.__owners[slots] != np.arange(number))
        self.__others = dict(zip(strings.some(others), others.tolist(), strict=True))

    def find(self, strings: Packed) -> np.ndarray:
        """Return the place of each string in the table, int64; -1 where it is not."""
        parts = [strings.part(i, i + _AT_ONCE) for i in range(0, len(strings), _AT_ONCE)]
        places = [self.__found(part) for part in parts]
        return np.concatenate(places) if places else np.empty(0, np.int64)

    def __found(self, strings: Packed) -> np.ndarray:
        keys = _keys(strings)
        owners = self.__owners[self.__slots(keys)]
        same = keys == self.__keys[owners]
        longer = np.flatnonzero(same & (keys & _IS_LONG == _IS_LONG))
        same[longer] = _are_same(strings.at(longer), self.__strings.at(owners[longer]))
        places = np.where(same, owners, -1).astype(np.int64)
        others = np.flatnonzero(~same & (owners >= 0))
        find = self.__others.get
        places[others] = [find(text, -1) for text in strings.some(others)]
        return places

    def __slots(self, keys: np.ndarray) -> np.ndarray:
        return (_mixed(keys * _FACTOR) >> self.__shift).astype(np.int64)


def _keys(strings: Packed) -> np.ndarray:
    """Return a number for each string, uint64, which strings of less than a word have for themselves."""
    keys, longer = strings.words()
    keys[longer] = _hashes(strings.at(longer)) | _IS_LONG
    return keys


def _hashes(strings: Packed) -> np.ndarray:
    """Return a hash of each string, which all have a word or more, uint64."""
    hashes = _mixed(strings.lengths.view(np.uint64) * _FACTOR + strings.word(strings.starts))
    hashes = _mixed(hashes + strings.word(strings.starts + strings.lengths - _WORD))
    for first in range(_WORD, _LONGEST, _WORD):
        which = np.flatnonzero(strings.lengths > first + _WORD)
        if not which.size:
            return hashes
        hashes[which] = _mixed(hashes[which] + strings.word(strings.starts[which] + first))
    for i in np.flatnonzero(strings.lengths > _LONGEST).tolist():
        hashes[i] ^= np.uint64(hash(strings[i]) & (2**64 - 1))
    return hashes


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """Return hashes in whose highest bits all bits have a part."""
    return (hashes ^ hashes >> _HALF) * _FACTOR


def _are_same(these: Packed, those: Packed) -> np.ndarray:
    """Tell for pairs of strings, which all have a word or more, whether they are the same."""
    last = these.lengths - _WORD
    same = these.lengths == those.lengths
    same &= these.word(these.starts) == those.word(those.starts)
    same[same] = these.word((these.starts + last)[same]) == those.word((those.starts + last)[same])
    for first in range(_WORD, _LONGEST, _WORD):
        which = np.flatnonzero(same & (last > first))
        if not which.size:
            return same
        words = these.word(these.starts[which] + first), those.word(those.starts[which] + first)
        same[which] = np.equal(*words)
    for i in np.flatnonzero(same & (these.lengths > _LONGEST)).tolist():
        same[i] = these[i] == those[i]
    return same
