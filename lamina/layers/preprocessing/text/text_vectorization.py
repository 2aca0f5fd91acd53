"""`TextVectorization`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from lamina.core.choices import one_of
from lamina.core.symbolic import KerasTensor, refuse_ragged
from lamina.feeds.sources import is_batches
from lamina.layers.preprocessing.adapting import Adapts, learn
from lamina.layers.preprocessing.encoding import check_sparse
from lamina.layers.preprocessing.text.host_layer import HostLayer
from lamina.layers.preprocessing.text.string_lookup import StringLookup
from lamina.layers.preprocessing.text.tokenizing import ngram_sizes, split_by, standardized_by
from lamina.strings.many import is_worth_it, split_many
from lamina.strings.splitting import SPLITTERS, STANDARDIZERS, ngrams
from lamina.strings.texts import as_bytes

_AT_ONCE = 256  # texts of those in memory: what is made of them stays in a cache
_MASK, _UNKNOWN = "", "[UNK]"


class TextVectorization(HostLayer, Adapts):
    """Numbers of tokens, or counts of them, for texts.

    A text is standardized, split into tokens, these joined to n-grams, and looked up in a vocabulary. NumPy
    computes it on the host, on the bytes of UTF-8: small letters, punctuation and spaces are ASCII's.

    Args:
        max_tokens: the most tokens that `adapt` numbers, those for padding and unknown tokens included.
        standardize: `"lower_and_strip_punctuation"`, `"lower"`, `"strip_punctuation"`, `None`, or a
            function that is given a NumPy array of strings and returns one (TensorFlow's functions of
            strings will do).
        split: `"whitespace"`, `"character"`, `None` (the entries of the last axis are tokens), or a function
            that is given a NumPy array of strings and returns a list of tokens for each.
        ngrams: join up to so many tokens; a tuple says how many, each.
        output_mode: `"int"`: numbers, rows padded by 0; `"multi_hot"`, `"count"`, `"tf_idf"`: a row with an
            entry for each token, see `StringLookup`.
        output_sequence_length: rows of numbers are cut, or padded, to this length.
        pad_to_max_tokens: rows with an entry for each token have `max_tokens`, whatever the vocabulary.
        vocabulary: a list, an array, or the path of a text file with one token in each line.
        idf_weights: the weight of each token, for `"tf_idf"`.
        sparse: return sparse tensors (`docs/sparse.md`), where rows with an entry for each token come out.
        encoding: of the tokens that `get_vocabulary` gives.

    Raises:
        ValueError: arguments that do not fit each other.
        NotImplementedError: `ragged` is true.

    Example:
        >>> import lamina
        >>> layer = TextVectorization(vocabulary=["the", "cat"])
        >>> np.asarray(layer(["The cat!", "a"])).tolist()
        [[2, 3], [1, 0]]
    """

    __load_schema__ = {  # noqa: RUF012
        "standardize": "str | functions | None",
        "split": "str | functions | None",
        "ngrams": "int | list[int] | None",
        "vocabulary": "tokens",
        "idf_weights": "list[float] | None",
        "vocabulary_size": "int | None",
    }

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable | None = "lower_and_strip_punctuation",
        split: str | Callable | None = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ):
        of_file = {"vocabulary_size": kwargs.pop("vocabulary_size", None)}
        super().__init__(name=name, **kwargs)
        refuse_ragged("TextVectorization", ragged)
        check_sparse("TextVectorization", sparse, output_mode)
        one_of(
            "TextVectorization", "output_mode", output_mode, ("int", "multi_hot", "count", "tf_idf")
        )
        _check_choice("standardize", standardize, STANDARDIZERS)
        _check_choice("split", split, SPLITTERS)
        if output_sequence_length is not None and output_mode != "int":
            raise ValueError(
                f"TextVectorization: `output_sequence_length` goes with output_mode='int', not {output_mode!r}."
            )
        if pad_to_max_tokens not in (True, False, None):
            raise ValueError(
                f"TextVectorization: `pad_to_max_tokens` must be True or False, not {pad_to_max_tokens!r}."
            )
        if output_sequence_length is not None and not isinstance(output_sequence_length, int):
            raise ValueError(
                "TextVectorization: `output_sequence_length` must be an integer or None, not "
                f"{output_sequence_length!r}."
            )
        self.max_tokens, self.standardize, self.split = max_tokens, standardize, split
        self.ngrams, self.sizes = ngrams, ngram_sizes(ngrams)
        self.output_mode, self.output_sequence_length = output_mode, output_sequence_length
        self.pad_to_max_tokens, self.encoding = pad_to_max_tokens, encoding
        self.sparse, self.ragged = sparse, False
        self._lookup_layer = StringLookup(  # files have it under this name
            max_tokens=max_tokens,
            mask_token=_MASK,
            oov_token=_UNKNOWN,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            encoding=encoding,
            sparse=sparse,
            dtype=self.dtype_policy,
            **of_file,
        )

    # Tokens.

    def texts_of(self, array: np.ndarray) -> tuple[list[bytes], tuple[int, ...]]:
        """Return texts as bytes, flat, and their shape.

        Raises:
            TypeError: the array does not hold strings.
            ValueError: it has an axis too many.
        """
        what, shape = f"TextVectorization {self.name!r}", array.shape
        if self.split is not None and len(shape) > 1:
            if shape[-1] != 1:
                raise ValueError(
                    f"{what} takes texts of shape (batch,) or (batch, 1), not {shape}, as it splits them. "
                    "With `split=None` the entries of the last axis are tokens."
                )
            shape = shape[:-1]
        return as_bytes(array, what), shape

    def rows_of(
        self, texts: list[bytes], shape: tuple[int, ...]
    ) -> tuple[list[Sequence[bytes]], tuple[int, ...]]:
        """Return the tokens of each text, and the shape of the rows."""
        texts = standardized_by(self.standardize, texts)
        if self.split is None:
            width = shape[-1] if shape else 1
            rows: list[Sequence[bytes]] = [
                texts[i : i + width] for i in range(0, len(texts), width or 1)
            ]
            shape = shape[:-1]
        else:
            rows = split_by(self.split, texts)
        return [ngrams(row, self.sizes) for row in rows] if self.sizes else rows, shape

    def tokens_of(self, array: np.ndarray) -> tuple[Any, np.ndarray, tuple[int, ...]]:
        """Return the tokens of all texts in one row, how many each text has, and the shape of the texts."""
        texts, shape = self.texts_of(array)
        is_plain = self.split == "whitespace" and not self.sizes and not callable(self.standardize)
        if is_plain and is_worth_it(texts):
            return *split_many(texts, self.standardize), shape  # type: ignore[arg-type]
        rows, shape = self.rows_of(texts, shape)
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return list(chain.from_iterable(rows)), lengths, shape

    def on_host(self, inputs: np.ndarray) -> np.ndarray:
        """Return numbers of tokens, or a row with an entry for each token, for each text."""
        tokens, lengths, shape = self.tokens_of(inputs)
        ids = self._lookup_layer.numbers_of(tokens)
        if self.output_mode != "int":
            return self._lookup_layer.counted(ids, lengths).reshape(
                *shape, self._lookup_layer.depth()
            )
        if self.split is None and not inputs.ndim:
            return ids.reshape(())
        width = self.output_sequence_length
        width = int(lengths.max(initial=0)) if width is None else width
        return padded(ids, lengths, width).reshape(*shape, width)

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """Return a KerasTensor like the output."""
        shape = tuple(inputs.shape)
        if self.output_mode != "int":
            rest = shape[:-1] if self.split is None or len(shape) > 1 else shape
            depth = self._lookup_layer.depth()
            return KerasTensor((*rest, depth), self.compute_dtype, self.sparse)
        if self.split is None:
            is_same = not self.sizes and self.output_sequence_length is None
            return KerasTensor(
                shape if is_same else (*shape[:-1], self.output_sequence_length), "int64"
            )
        rest = shape[:-1] if len(shape) > 1 else shape
        return KerasTensor((*rest, self.output_sequence_length), "int64")

    # The vocabulary.

    given_instead = StringLookup.given_instead

    @property
    def learns(self) -> bool:
        """Whether the vocabulary is learned by `adapt`."""
        return self._lookup_layer.learns

    def adapt(
        self, data: Any, batch_size: int | None = None, steps: int | None = None, **options: Any
    ) -> None:
        """Make the vocabulary of the tokens of texts, the commonest first; those of equal counts downwards.

        Args:
            data: an array or a list of texts, or anything that gives batches of them.
            batch_size: texts taken at once.
            steps: the most batches to take.
            options: `verbose`.

        Raises:
            ValueError: the vocabulary was set already.
        """
        if batch_size is None and not is_batches(data):
            batch_size = _AT_ONCE
        learn(self, data, batch_size, steps, **options)

    def reset_state(self) -> None:
        """Forget the vocabulary that was learned."""
        self._lookup_layer.reset_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch of texts."""
        tokens, lengths, _ = self.tokens_of(self.taken(data))
        self._lookup_layer.count_tokens(tokens, lengths)

    def finalize_state(self) -> None:
        """Number the tokens by how often they occurred."""
        self._lookup_layer.finalize_state()

    @property
    def vocabulary(self) -> list[str] | None:
        """The vocabulary that was given, as configurations hold it."""
        return self._lookup_layer.vocabulary

    @property
    def idf_weights(self) -> list[float] | None:
        """The weights that were given with it."""
        return self._lookup_layer.idf_weights

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """Return the tokens in the order of their numbers; see `StringLookup`."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the vocabulary; see `StringLookup`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def vocabulary_size(self) -> int:
        """Return the number of tokens, special ones included."""
        return self._lookup_layer.vocabulary_size()

    # Configuration and files.

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; what was learned is in files instead."""
        inner = self._lookup_layer.get_config()
        size = inner["vocabulary_size"]
        learned = {"vocabulary_size": self.vocabulary_size() if size is None else size}
        return super().get_config() | {"vocabulary": inner["vocabulary"], **learned}

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of tokens that were learned into `store`."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Take the weights of tokens out of `store`."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path: Any) -> None:
        """Write the vocabulary that was learned to `vocabulary.txt`."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: Any) -> None:
        """Read what `save_assets` (or Keras) wrote."""
        self._lookup_layer.load_assets(dir_path)


def padded(ids: np.ndarray, lengths: np.ndarray, width: int) -> np.ndarray:
    """Return rows of ids of these lengths as one table, cut or padded by 0 at the end.

    Example:
        >>> padded(np.array([1, 2, 3]), np.array([1, 2]), 2).tolist()
        [[1, 0], [2, 3]]
    """
    table = np.zeros((len(lengths), width), np.int64)
    filled = np.arange(width) < lengths[:, None]
    if lengths.size and lengths.max() > width:
        places = np.arange(len(ids)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        ids = ids[places < width]
    table[filled] = ids
    return table


def _check_choice(name: str, choice: Any, choices: dict[str, Any]) -> None:
    if choice is not None and not callable(choice) and choice not in choices:
        raise ValueError(
            f"TextVectorization: `{name}` must be one of {list(choices)}, None or a function, not {choice!r}."
        )
