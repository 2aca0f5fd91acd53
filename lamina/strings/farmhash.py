"""FarmHash's Fingerprint64 of many byte strings at once.

Source: Geoff Pike, FarmHash (2014). The fingerprint is fixed for ever, so buckets chosen by it
stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamina.strings.packed import Packed

_U = np.uint64
_K0, _K1, _K2 = _U(0xC3A5C85C97CB3127), _U(0xB492B66FBE98F273), _U(0x9AE16A3B2F90404F)
_SEED = 81
_BLOCK = 64  # bytes that the loop over a long string takes at once

Words = np.ndarray
"""One uint64 for each string; all arithmetic is modulo 2**64."""


def fingerprint64(texts: Sequence[bytes]) -> Words:
    """Return the 64-bit fingerprints of byte strings.

    They equal `tf.fingerprint(texts, "farmhash64")`, and modulo the number of bins
    `tf.strings.to_hash_bucket_fast`.

    Args:
        texts: n byte strings of any length.

    Returns:
        uint64 of shape (n,).

    Example:
        >>> [hex(x) for x in fingerprint64([b"", b"hello"]).tolist()]
        ['0x9ae16a3b2f90404f', '0xb48be5a931380ce8']
    """
    packed = Packed(texts)
    hashes = np.full(len(packed.lengths), _K2)  # what an empty string has
    for shortest, longest, digest in _BY_LENGTH:
        members = np.flatnonzero((packed.lengths >= shortest) & (packed.lengths <= longest))
        if members.size:
            hashes[members] = digest(packed, packed.starts[members], packed.lengths[members])
    return hashes


def _rotated(x: Words, bits: int) -> Words:
    """Return `x` rotated to the right by `bits`."""
    return (x >> _U(bits)) | (x << _U(64 - bits))


def _folded(x: Words) -> Words:
    return x ^ (x >> _U(47))


def _mixed(u: Words, v: Words, factor: Words) -> Words:
    """Return one word made of two."""
    inner = _folded((u ^ v) * factor)
    return _folded((v ^ inner) * factor) * factor


def _factor(length: np.ndarray) -> Words:
    return _K2 + length.astype(_U) * _U(2)


def _of_1_to_3(packed: Packed, start: np.ndarray, length: np.ndarray) -> Words:
    first, middle = packed.byte(start), packed.byte(start + (length >> 1))
    last = packed.byte(start + length - 1)
    low = first + (middle << _U(8))
    high = length.astype(_U) + (last << _U(2))
    return _folded(low * _K2 ^ high * _K0) * _K2


def _of_4_to_7(packed: Packed, start: np.ndarray, length: np.ndarray) -> Words:
    head, tail = packed.half_word(start), packed.half_word(start + length - 4)
    return _mixed(length.astype(_U) + (head << _U(3)), tail, _factor(length))


def _of_8_to_16(packed: Packed, start: np.ndarray, length: np.ndarray) -> Words:
    factor = _factor(length)
    head, tail = packed.word(start) + _K2, packed.word(start + length - 8)
    u = _rotated(tail, 37) * factor + head
    v = (_rotated(head, 25) + tail) * factor
    return _mixed(u, v, factor)


def _of_17_to_32(packed: Packed, start: np.ndarray, length: np.ndarray) -> Words:
    factor, end = _factor(length), start + length
    head, second = packed.word(start) * _K1, packed.word(start + 8)
    last, last_but_one = packed.word(end - 8) * factor, packed.word(end - 16) * _K2
    u = _rotated(head + second, 43) + _rotated(last, 30) + last_but_one
    v = head + _rotated(second + _K2, 18) + last
    return _mixed(u, v, factor)


def _of_33_to_64(packed: Packed, start: np.ndarray, length: np.ndarray) -> Words:
    factor, end = _factor(length), start + length
    head, second = packed.word(start) * _K2, packed.word(start + 8)
    last, last_but_one = packed.word(end - 8) * factor, packed.word(end - 16) * _K2
    u = _rotated(head + second, 43) + _rotated(last, 30) + last_but_one
    v = _mixed(u, head + _rotated(second + _K2, 18) + last, factor)
    third, fourth = packed.word(start + 16) * factor, packed.word(start + 24)
    u = (u + packed.word(end - 32)) * factor
    v = (v + packed.word(end - 24)) * factor
    return _mixed(
        _rotated(third + fourth, 43) + _rotated(u, 30) + v,
        third + _rotated(fourth + head, 18) + u,
        factor,
    )


class _LongState:
    """Seven words for each long string, through which its blocks of 64 bytes go.

    They are the rows of one array, so that those of some strings are one slice of it.
    """

    def __init__(self, packed: Packed, start: np.ndarray):
        count = len(start)
        y = _U((_SEED * int(_K1) + 113) % 2**64)
        z = _folded(np.full(count, y) * _K2 + _U(113)) * _K2
        self.__packed = packed
        self.words = np.zeros((7, count), _U)  # x y z, two pairs
        self.words[0] = _U(_SEED) * np.full(count, _K2) + packed.word(start)
        self.words[1], self.words[2] = y, z

    def take(self, count: int, at: np.ndarray, factor: Words | np.uint64, weight: int = 1) -> None:
        """Take in the block at `at` of the first `count` strings."""
        x, y, z, v0, v1, w0, w1 = self.words[:, :count]
        word = self.__packed.word
        x = _rotated(x + y + v0 + word(at + 8), 37) * factor
        y = _rotated(y + v1 + word(at + 48), 42) * factor
        x = x ^ (w1 * _U(weight))
        y = y + v0 * _U(weight) + word(at + 40)
        z = _rotated(z + w0, 33) * factor
        v0, v1 = self.__pair(at, v1 * factor, x + w0)
        w0, w1 = self.__pair(at + 32, z + w1, y + word(at + 16))
        self.words[:, :count] = z, y, x, v0, v1, w0, w1

    def __pair(self, at: np.ndarray, a: Words, b: Words) -> tuple[Words, Words]:
        """Mix 32 bytes into two words."""
        first, second, third, fourth = (self.__packed.word(at + i) for i in (0, 8, 16, 24))
        a = a + first
        b = _rotated(b + a + fourth, 21)
        total = a + second + third
        return total + fourth, b + _rotated(total, 44) + a


def _of_more(packed: Packed, start: np.ndarray, length: np.ndarray) -> Words:
    order = np.argsort(-length, kind="stable")  # so that those with a next block come first
    start, length = start[order], length[order]
    state = _LongState(packed, start)
    blocks = (length - 1) // _BLOCK
    for block in range(int(blocks[0])):
        count = int(np.searchsorted(-blocks, -block))
        state.take(count, start[:count] + block * _BLOCK, _K1)
    factor = _K1 + ((state.words[2] & _U(0xFF)) << _U(1))
    state.words[5] += ((length - 1) & (_BLOCK - 1)).astype(_U)
    state.words[3] += state.words[5]
    state.words[5] += state.words[3]
    state.take(len(start), start + length - _BLOCK, factor, weight=9)
    x, y, z, v0, v1, w0, w1 = state.words
    hashes = np.empty_like(x)
    hashes[order] = _mixed(
        _mixed(v0, w0, factor) + _folded(y) * _K0 + z, _mixed(v1, w1, factor) + x, factor
    )
    return hashes


_BY_LENGTH = [
    (1, 3, _of_1_to_3),
    (4, 7, _of_4_to_7),
    (8, 16, _of_8_to_16),
    (17, 32, _of_17_to_32),
    (33, 64, _of_33_to_64),
    (65, np.inf, _of_more),
]
