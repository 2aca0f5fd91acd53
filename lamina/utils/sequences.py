"""Sequences of different lengths, made one array."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float | str = 0.0,
) -> np.ndarray:
    """Sequences side by side in one array `(sequences, time, ...)`, filled up with `value`.

    Args:
        sequences: of numbers, or of arrays of one shape.
        maxlen: length of all; by default that of the longest.
        dtype: of the result.
        padding: where `value` goes, `"pre"` (before) or `"post"`.
        truncating: where what is too much is cut off, `"pre"` or `"post"`.

    Raises:
        ValueError: an entry is not a sequence, entries differ in shape, or an unknown mode.

    Example:
        >>> pad_sequences([[1, 2, 3], [4]]).tolist()
        [[1, 2, 3], [0, 0, 4]]
    """
    for name, mode in (("padding", padding), ("truncating", truncating)):
        if mode not in ("pre", "post"):
            raise ValueError(f"pad_sequences: `{name}` must be 'pre' or 'post', not {mode!r}.")
    for i, entry in enumerate(sequences):
        if not hasattr(entry, "__len__"):
            raise ValueError(f"pad_sequences: entry {i} is {entry!r}, not a sequence.")
    length = max(map(len, sequences), default=0) if maxlen is None else maxlen
    shape = next((np.asarray(entry).shape[1:] for entry in sequences if len(entry)), ())
    result = np.full((len(sequences), length, *shape), value, dtype)
    for row, entry in zip(result, sequences, strict=True):
        kept = entry[max(len(entry) - length, 0) :] if truncating == "pre" else entry[:length]
        if not len(kept):
            continue
        kept = np.asarray(kept, dtype)
        if kept.shape[1:] != shape:
            raise ValueError(
                f"pad_sequences: entries of the shapes {shape} and {kept.shape[1:]} (without time) do not go together."
            )
        if padding == "pre":
            row[-len(kept) :] = kept
        else:
            row[: len(kept)] = kept
    return result
