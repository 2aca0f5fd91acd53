"""Prompts of different lengths in one array."""

from __future__ import annotations

from typing import Any

import numpy as np


def arranged(prompts: Any, max_length: int, pad_token: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return words `(batch, max_length)` and lengths `(batch,)`, int32, and whether there was one prompt only.

    Args:
        prompts: an integer array `(batch, length)` or `(length,)`, or a list of lists of integers.

    Raises:
        ValueError: a prompt is empty or too long, or its words are not integers.
    """
    is_one = np.ndim(prompts[0]) == 0 if len(prompts) else False
    rows = [np.asarray(row) for row in ([prompts] if is_one else prompts)]
    if not rows:
        raise ValueError("There is no prompt: give at least one, of at least one word.")
    words = np.full((len(rows), max_length), pad_token, "int32")
    for i, row in enumerate(rows):
        if row.ndim != 1 or (len(row) and not np.issubdtype(row.dtype, np.integer)):
            raise ValueError(
                f"Prompt {i} must be a row of integers, one for each word, not {row.dtype}{list(row.shape)}."
            )
        if not 0 < len(row) < max_length:
            raise ValueError(
                f"Prompt {i} has {len(row)} words; it needs at least 1, and fewer than max_length={max_length}, "
                "which counts prompt and answer together."
            )
        words[i, : len(row)] = row
    return words, np.array([len(row) for row in rows], "int32"), is_one


def room(longest: int, max_length: int) -> int:
    """Return how many positions are taken in at once: a power of two, so that few programs serve all prompts."""
    return min(1 << (longest - 1).bit_length(), max_length)
