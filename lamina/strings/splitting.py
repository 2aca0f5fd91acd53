"""Texts into tokens: standardized, split, joined to n-grams. All on bytes, as TensorFlow does it.

Letters beyond ASCII are left as they are, and so are punctuation marks and spaces beyond ASCII.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

PUNCTUATION = string.punctuation.encode()


def lower(text: bytes) -> bytes:
    """Return `text` with ASCII letters made small.

    Example:
        >>> lower("Éa B".encode()).decode()
        'Éa b'
    """
    return text.lower()


def strip_punctuation(text: bytes) -> bytes:
    """Return `text` without the punctuation marks of ASCII."""
    return text.translate(None, PUNCTUATION)


def lower_and_strip_punctuation(text: bytes) -> bytes:
    """Return `text` in small letters and without punctuation marks, those of ASCII."""
    return text.lower().translate(None, PUNCTUATION)


def characters(text: bytes) -> list[bytes]:
    """Split `text` into characters of UTF-8; what is none becomes U+FFFD.

    Example:
        >>> [c.decode() for c in characters("aé".encode() + b"!")]
        ['a', 'é', '!']
    """
    return [c.encode() for c in text.decode("utf-8", "replace")]


STANDARDIZERS: dict[str, Callable[[bytes], bytes]] = {
    "lower_and_strip_punctuation": lower_and_strip_punctuation,
    "lower": lower,
    "strip_punctuation": strip_punctuation,
}
SPLITTERS: dict[str, Callable[[bytes], list[bytes]]] = {
    "whitespace": bytes.split,  # ASCII's
    "character": characters,
}


def ngrams(tokens: Sequence[bytes], sizes: Sequence[int]) -> list[bytes]:
    """Return the n-grams of a row of tokens, joined by spaces, for each n of `sizes` in turn.

    Example:
        >>> ngrams([b"a", b"b", b"c"], (1, 2))
        [b'a', b'b', b'c', b'a b', b'b c']
    """
    return [
        b" ".join(tokens[i : i + size]) for size in sizes for i in range(len(tokens) - size + 1)
    ]
