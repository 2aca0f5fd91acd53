"""From numbers of tokens to rows of a table: one-hot, multi-hot, counts, tf-idf."""

from __future__ import annotations

import numpy as np

DROPPED = -1
"""The number of a token that no row counts, such as the mask token."""


def one_hot(ids: np.ndarray, depth: int) -> np.ndarray:
    """Return a row of `depth` for each id: 1 at its place, and nothing for what is `DROPPED`.

    Args:
        ids: of any shape; a last axis of size 1 is taken for that of the rows.

    Returns:
        bool of shape `(*ids.shape, depth)`, or without the axis of size 1.
    """
    if ids.ndim and ids.shape[-1] == 1:
        ids = ids[..., 0]
    return ids[..., None] == np.arange(depth)


def count(rows: np.ndarray, ids: np.ndarray, number: int, depth: int) -> np.ndarray:
    """Return how often each id occurs in each row.

    Args:
        rows, ids: of one length: a token's row, and its number.
        number: of rows.
        depth: the largest id is smaller.

    Returns:
        int64 of shape (number, depth).
    """
    kept = ids != DROPPED
    places = rows[kept] * depth + ids[kept]
    return np.bincount(places, minlength=number * depth).reshape(number, depth)


def inverse_document_frequencies(in_documents: np.ndarray, documents: int) -> np.ndarray:
    """Return the weight of each token, `log(1 + documents / (1 + in_documents))`, float32."""
    ratio = np.float32(documents) / (1 + in_documents.astype(np.float32))
    return np.log(1 + ratio, dtype=np.float32)


def commonest(times: np.ndarray, most: int | None) -> np.ndarray:
    """Return the places of the largest of `times`, at most so many but for those equal to the last; `None`: all.

    Example:
        >>> commonest(np.array([1, 5, 2, 3, 2]), 3).tolist()
        [1, 2, 3, 4]
    """
    if most is None or not 0 < most < len(times):
        return np.arange(len(times))
    return np.flatnonzero(times >= np.partition(times, -most)[-most])
