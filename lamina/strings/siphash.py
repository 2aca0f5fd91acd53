"""SipHash-2-4, a hash with a key, of many byte strings at once.

Source: J.-P. Aumasson and D. J. Bernstein, SipHash: a fast short-input PRF (2012).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamina.strings.packed import Packed

_U = np.uint64
_INITIAL = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_COMPRESSION_ROUNDS, _FINAL_ROUNDS = 2, 4


def siphash(texts: Sequence[bytes], key: Sequence[int]) -> np.ndarray:
    """Return the 64-bit hashes of byte strings under a key.

    Modulo the number of bins they equal `tf.strings.to_hash_bucket_strong(texts, bins, key)`.

    Args:
        texts: n byte strings of any length.
        key: two integers from 0 to 2**64 - 1; negative ones count modulo 2**64.

    Returns:
        uint64 of shape (n,).

    Example:
        >>> hex(siphash([bytes(range(15))], (0x0706050403020100, 0x0F0E0D0C0B0A0908))[0])  # the paper's
        '0xa129ca6149be45e5'
    """
    packed = Packed(texts)
    order = np.argsort(-packed.lengths, kind="stable")  # so that those with a next word come first
    starts, lengths = packed.starts[order], packed.lengths[order]
    k0, k1 = (_U(int(part) % 2**64) for part in key)
    keys = (k0, k1, k0, k1)
    state = np.empty((4, len(starts)), _U)
    for row, initial, part in zip(state, _INITIAL, keys, strict=True):
        row[:] = _U(initial) ^ part
    words = lengths // 8
    for index in range(int(words[0]) if len(words) else 0):
        count = int(np.searchsorted(-words, -index))
        _compress(state[:, :count], packed.word(starts[:count] + 8 * index))
    left = (_U(1) << ((lengths % 8) * 8).astype(_U)) - _U(1)  # a mask of the bytes that are left
    last = (packed.word(starts + 8 * words) & left) | (lengths.astype(_U) << _U(56))
    _compress(state, last)
    state[2] ^= _U(0xFF)
    _mix(state, _FINAL_ROUNDS)
    hashes = np.empty(len(starts), _U)
    hashes[order] = state[0] ^ state[1] ^ state[2] ^ state[3]
    return hashes


def _compress(state: np.ndarray, words: np.ndarray) -> None:
    state[3] ^= words
    _mix(state, _COMPRESSION_ROUNDS)
    state[0] ^= words


def _mix(state: np.ndarray, rounds: int) -> None:
    v0, v1, v2, v3 = state
    for _ in range(rounds):
        _half_round(v0, v1, v2, v3, 13, 16)
        _half_round(v2, v1, v0, v3, 17, 21)


def _half_round(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, first: int, second: int
) -> None:
    """Mix in place: `b` into `a`, `d` into `c`; `a` is left rotated by half a word."""
    a += b
    c += d
    b[:] = _rotated_left(b, first) ^ a
    d[:] = _rotated_left(d, second) ^ c
    a[:] = _rotated_left(a, 32)


def _rotated_left(x: np.ndarray, bits: int) -> np.ndarray:
    return (x << _U(bits)) | (x >> _U(64 - bits))
