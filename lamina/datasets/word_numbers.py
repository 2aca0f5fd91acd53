"""Texts as lists of the numbers of their words: what `imdb` and `reuters` do with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from lamina.datasets import pickled
from lamina.datasets.origins import Part
from lamina.utils.get_file import get_file

_Texts = tuple[list[list[int]], np.ndarray]  # and their labels


def numbered(
    xs: np.ndarray, ys: np.ndarray, start_char: int | None, index_from: int, maxlen: int | None
) -> _Texts:
    """Return texts with `index_from` added to their numbers, a mark in front, and without long ones.

    Raises:
        ValueError: no text is shorter than `maxlen`.
    """
    marks = [] if start_char is None else [start_char]
    texts = [marks + [word + index_from for word in x] for x in xs]
    if not maxlen:
        return texts, ys
    kept = [i for i, text in enumerate(texts) if len(text) < maxlen]
    if not kept:
        raise ValueError(f"No text is shorter than `maxlen`={maxlen}. Choose a greater one.")
    return [texts[i] for i in kept], ys[kept]


def without(
    parts: list[_Texts], num_words: int | None, skip_top: int, oov_char: int | None
) -> list[Part]:
    """Return parts with `oov_char`, or nothing, instead of numbers below `skip_top` or from `num_words` on.

    Without `num_words` the greatest number is left out, as in Keras.
    """
    stop = num_words or max(max(x, default=0) for xs, _ in parts for x in xs)

    def kept(text: list[int]) -> Any:
        if oov_char is None:
            return [word for word in text if skip_top <= word < stop]
        return [word if skip_top <= word < stop else oov_char for word in text]

    return [(pickled.array_of_lists([kept(x) for x in xs]), ys) for xs, ys in parts]


def word_index(path: str, origin: str, md5: str) -> dict[str, int]:
    """Return the words' ranks from a file at `origin`, which is kept as `path` in the cache."""
    return json.loads(Path(get_file(path, origin, file_hash=md5)).read_text("utf-8"))
