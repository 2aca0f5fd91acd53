"""`IntegerLookup`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.layers.preprocessing.text.index_lookup import IndexLookup

_METHODS = ("floormod", "farmhash")


class IntegerLookup(IndexLookup):
    """Numbers for whole numbers, by a vocabulary; or the other way round.

    NumPy computes it on the host; numbers are native arrays of int64 (int32 where the engine has no int64).

    Args:
        max_tokens: the most tokens, special ones included, that `adapt` numbers.
        num_oov_indices: how many numbers unknown integers share; with 0 they are an error.
        mask_token: has number 0; in other modes than `"int"` it is not counted.
        oov_token: what `invert` gives for the numbers of unknown integers.
        vocabulary: a list, an array, or the path of a text file with one integer in each line.
        vocabulary_dtype: `"int64"`.
        idf_weights: the weight of each integer, for `"tf_idf"`.
        invert: give what the numbers stand for.
        output_mode: see `StringLookup`.
        pad_to_max_tokens: rows have `max_tokens` entries, whatever the vocabulary.
        sparse: return sparse tensors (`docs/sparse.md`), where rows come out.
        oov_method: how unknown integers share `num_oov_indices` numbers: `"floormod"` by the remainder,
            `"farmhash"` by a hash of their digits.
        salt: one or two integers: with `"farmhash"`, the key of the hash.

    Raises:
        ValueError: arguments that do not fit each other.

    Example:
        >>> import lamina
        >>> layer = IntegerLookup(vocabulary=[12, 7])
        >>> np.asarray(layer([[7, 12], [5, 7]])).tolist()
        [[2, 1], [0, 2]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if vocabulary_dtype != "int64":
            raise ValueError(
                f"IntegerLookup: `vocabulary_dtype` must be 'int64', not {vocabulary_dtype!r}."
            )
        if oov_method not in _METHODS:
            raise ValueError(
                f"IntegerLookup: `oov_method` must be one of {_METHODS}, not {oov_method!r}."
            )
        if salt is not None and oov_method != "farmhash":
            raise ValueError(
                f"IntegerLookup: `salt` goes with oov_method='farmhash', but `oov_method` is {oov_method!r}, which "
                "hashes nothing."
            )
        self.vocabulary_dtype = vocabulary_dtype
        super().__init__(
            *(max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights),
            *(invert, output_mode, pad_to_max_tokens, sparse, oov_method, salt),
            name=name,
            **kwargs,
        )

    inverted_dtype = takes = "int64"
    token_types, token_in_words = (int, np.integer), "a whole number"

    def as_tokens(self, array: np.ndarray) -> list[int]:
        """Return whole numbers, flat."""
        if array.dtype.kind not in "iufb" and not (array.dtype.kind == "O" and array.size == 0):
            raise TypeError(
                f"{type(self).__name__} {self.name!r} takes whole numbers, not an array of {array.dtype}. "
                "For strings there is StringLookup."
            )
        return array.ravel().astype(np.int64).tolist()

    def as_outputs(self, tokens: list[int]) -> np.ndarray:
        """Return tokens as an array."""
        return np.array(tokens, np.int64)

    def token_of_line(self, line: bytes) -> int:
        """Return the number that is written in the line."""
        return int(line)

    def digits_of(self, tokens: Sequence[int]) -> list[bytes]:
        """Return the decimal digits of tokens."""
        return [b"%d" % token for token in tokens]

    def numbers_to_count(self, tokens: Sequence[int]) -> np.ndarray:
        """Return the tokens, all of them positive by their bits."""
        return np.array(tokens, np.int64).view(np.uint64)

    def counted_tokens(self, numbers: np.ndarray) -> list[int]:
        """Return the tokens."""
        return numbers.view(np.int64).tolist()

    def spare_numbers(self, tokens: Sequence[int]) -> np.ndarray:
        """Return the bucket, from 0 to `num_oov_indices` - 1, of numbers outside of the vocabulary."""
        if self.oov_method == "farmhash":
            return super().spare_numbers(tokens)
        return np.array(tokens, np.int64) % self.num_oov_indices
