"""Texts into rows of tokens, by lamina's functions or the user's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lamina.strings.splitting import SPLITTERS, STANDARDIZERS
from lamina.strings.texts import as_bytes, text_array, to_array

_LONGEST_NGRAM = 1000  # of tokens
_LETTERS_AT_ONCE = 2**22  # NumPy gives each string of an array the room of the longest


def ngram_sizes(ngrams: Any) -> tuple[int, ...]:
    """Return the sizes of n-grams: those up to a number, or the numbers that were given.

    Raises:
        ValueError: it is neither a number nor several.
    """
    if ngrams is None:
        return ()
    sizes = [ngrams] if isinstance(ngrams, int) else ngrams
    if not isinstance(sizes, (list, tuple)) or not all(
        isinstance(n, int) and 1 <= n <= _LONGEST_NGRAM for n in sizes
    ):
        raise ValueError(
            f"TextVectorization: `ngrams` must be a number from 1 to {_LONGEST_NGRAM}, or several, not {ngrams!r}."
        )
    return tuple(range(1, ngrams + 1) if isinstance(ngrams, int) else sizes)


def standardized_by(standardize: Any, texts: list[bytes]) -> list[bytes]:
    """Return texts in the form in which they are split."""
    if standardize is None:
        return texts
    if isinstance(standardize, str):
        return list(map(STANDARDIZERS[standardize], texts))
    results: list[bytes] = []
    for part in _parts(texts):
        given = to_array(standardize(text_array(part)))
        if given.size != len(part):
            raise ValueError(
                f"TextVectorization: `standardize` was given {len(part)} texts, but returns shape {given.shape}."
            )
        results += as_bytes(given, "TextVectorization")
    return results


def split_by(split: str | Callable, texts: list[bytes]) -> list[Any]:
    """Return the tokens of each text."""
    if isinstance(split, str):
        return list(map(SPLITTERS[split], texts))
    return [row for part in _parts(texts) for row in _own_rows(split, part)]


def _own_rows(split: Callable, texts: list[bytes]) -> Iterator[list[bytes]]:
    given: Any = split(text_array(texts))
    to_list = getattr(given, "to_list", None)  # TensorFlow's ragged tensors
    rows: Any = (
        to_list() if callable(to_list) else given if isinstance(given, list) else to_array(given)
    )
    if len(rows) != len(texts):
        raise ValueError(
            f"TextVectorization: `split` was given {len(texts)} texts, but returns {len(rows)} rows. It returns "
            "a list of tokens for each text."
        )
    return (as_bytes(to_array(row), "TextVectorization") for row in rows)


def _parts(texts: list[bytes]) -> Iterator[list[bytes]]:
    longest = max(map(len, texts), default=1)
    size = max(1, _LETTERS_AT_ONCE // max(longest, 1))
    return (texts[i : i + size] for i in range(0, len(texts), size))
