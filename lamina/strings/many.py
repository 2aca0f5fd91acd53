"""Many texts at once, split into tokens by NumPy.

It gives what `splitting` gives text by text, and is faster for large batches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamina.strings.packed import PADDING, Packed
from lamina.strings.splitting import STANDARDIZERS

_LEAST_BYTES = 2**14  # fewer are quicker one by one
_SPACES = b" \t\n\r\x0b\x0c"
_IS_SPACE = bytes(byte in _SPACES for byte in range(256))


def is_worth_it(texts: Sequence[bytes]) -> bool:
    """Tell whether `split_many` is quicker for these texts than one after the other."""
    return sum(map(len, texts)) >= _LEAST_BYTES


def split_many(texts: Sequence[bytes], standardize: str | None) -> tuple[Packed, np.ndarray]:
    """Return the tokens of texts, split at ASCII's spaces, and how many each text has.

    Args:
        standardize: a name of `splitting.STANDARDIZERS`, or `None`.

    Example:
        >>> tokens, lengths = split_many([b"The cat!", b"", b"a"], "lower_and_strip_punctuation")
        >>> list(tokens), lengths.tolist()
        ([b'the', b'cat', b'a'], [2, 0, 1])
    """
    if standardize is not None:
        texts = list(map(STANDARDIZERS[standardize], texts))
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    joined = b" ".join([b"", *texts, PADDING])
    is_space = np.frombuffer(joined.translate(_IS_SPACE), bool)[: -len(PADDING)]
    changes = np.flatnonzero(is_space[1:] != is_space[:-1])
    starts, stops = changes[::2] + 1, changes[1::2] + 1
    lengths = np.diff(np.searchsorted(starts, ends), prepend=0)
    return Packed.within(joined, starts, stops - starts), lengths
