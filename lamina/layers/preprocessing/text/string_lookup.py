"""`StringLookup`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.layers.preprocessing.text.index_lookup import IndexLookup
from lamina.strings.numbering import Numbering
from lamina.strings.packed import Packed
from lamina.strings.texts import as_bytes, as_packed, as_text, text_array

_MANY = 4096  # tokens: fewer are quicker one by one


class StringLookup(IndexLookup):
    """Numbers for strings, by a vocabulary; or strings for numbers.

    NumPy computes it on the host. Numbers are native arrays of int64 (int32 where the engine has no
    int64); strings are NumPy's on every engine.

    Args:
        max_tokens: the most tokens, special ones included, that `adapt` numbers.
        num_oov_indices: how many numbers unknown strings share, by their hash; with 0 they are an error.
        mask_token: has number 0; in other modes than `"int"` it is not counted.
        oov_token: what `invert` gives for the numbers of unknown strings.
        vocabulary: a list, an array, or the path of a text file with one string in each line.
        idf_weights: the weight of each string, for `"tf_idf"`.
        invert: give strings for numbers.
        output_mode: `"int"`: numbers; `"one_hot"`: a row for each string; `"multi_hot"`, `"count"`,
            `"tf_idf"`: a row for each row of strings, with 1, the count, or the count times the weight.
        pad_to_max_tokens: rows have `max_tokens` entries, whatever the vocabulary.
        sparse: return sparse tensors (`docs/sparse.md`), where rows come out.
        encoding: of strings that `get_vocabulary` gives.
        salt: one or two integers: unknown strings are hashed with this key.

    Raises:
        ValueError: arguments that do not fit each other.

    Example:
        >>> import lamina
        >>> layer = StringLookup(vocabulary=["a", "b"])
        >>> np.asarray(layer(["b", "a", "?"])).tolist()
        [2, 1, 0]
        >>> StringLookup(vocabulary=["a", "b"], invert=True)([2, 1, 0]).tolist()
        ['b', 'a', '[UNK]']
    """

    __slots__ = ("__numbering",)  # while it adapts: of the strings so far
    token_types, token_in_words = (str, bytes), "a string"
    bytes_at_once = 4 * IndexLookup.bytes_at_once  # a word is short

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ):
        self.encoding = encoding
        super().__init__(
            *(max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights),
            *(invert, output_mode, pad_to_max_tokens, sparse),
            oov_method=kwargs.pop(
                "oov_method", "floormod"
            ),  # in files; it has no meaning for strings
            salt=salt,
            name=name,
            **kwargs,
        )

    def as_tokens(self, array: np.ndarray) -> Sequence[bytes]:
        """Return strings, flat, as bytes; many of them in one buffer."""
        form = as_packed if array.size >= _MANY else as_bytes
        return form(array, f"{type(self).__name__} {self.name!r}")

    def as_special(self, token: Any) -> bytes:
        """Return the mask's or the unknown's token as bytes."""
        return token if isinstance(token, bytes) else str(token).encode()

    def as_outputs(self, tokens: list[bytes]) -> np.ndarray:
        """Return tokens as an array of strings."""
        return text_array(tokens, self.encoding)

    def token_of_line(self, line: bytes) -> bytes:
        """Return the line."""
        return line

    def digits_of(self, tokens: Sequence[bytes]) -> list[bytes]:
        """Return the tokens: they are bytes."""
        return list(tokens)

    def reset_counts(self) -> None:
        """Start counting anew."""
        super().reset_counts()
        self.__numbering = Numbering()

    def numbers_to_count(self, tokens: Sequence[bytes]) -> np.ndarray:
        """Return a number for each string."""
        return self.__numbering.numbers(tokens if isinstance(tokens, Packed) else Packed(tokens))

    def counted_tokens(self, numbers: np.ndarray) -> list[bytes]:
        """Return the string of each number."""
        return self.__numbering.strings(numbers)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; what was learned is in files instead."""
        shown = {
            name: as_text(token) if isinstance(token, bytes) else token
            for name, token in (("mask_token", self.mask_token), ("oov_token", self.oov_token))
        }
        return super().get_config() | shown
