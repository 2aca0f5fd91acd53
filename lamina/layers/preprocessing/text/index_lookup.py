"""`IndexLookup`: what lookups of strings and of whole numbers have in common: a vocabulary and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lamina.core.sparse_rows import count, one_hot
from lamina.core.symbolic import KerasTensor
from lamina.layers.preprocessing.adapting import Adapts
from lamina.layers.preprocessing.encoding import check_sparse
from lamina.layers.preprocessing.text.host_layer import HostLayer
from lamina.layers.preprocessing.text.lookup_arguments import (
    check_arguments,
    check_idf_weights,
    check_tokens,
    salt_of,
)
from lamina.strings import counting
from lamina.strings.farmhash import fingerprint64
from lamina.strings.packed import Packed
from lamina.strings.siphash import siphash
from lamina.strings.table import Table
from lamina.strings.tally import Tally, once_in_each

_FILE = "vocabulary.txt"
_DROPPED = counting.DROPPED
_MISSING = -2  # the token is not in the vocabulary


class IndexLookup(HostLayer, Adapts):
    """A layer that gives tokens the numbers of a vocabulary, or numbers their tokens.

    Subclasses say what a token is: `as_tokens`, `as_outputs`, `token_of_line`, `digits_of`, `numbers_to_count`,
    `counted_tokens`.
    """

    __slots__ = (
        "__documents",  # while it adapts: in how many rows each token occurred
        "__idf",  # weights of all tokens, the special ones included
        "__keys",  # those of the table as a `Table`, once many tokens at once were looked up
        "__rows",  # how many rows it saw
        "__size",  # as a file says, until the vocabulary is there
        "__table",  # token -> number
        "__times",  # while it adapts: how often each token occurred
        "__tokens",  # without the special ones; `None` before there are any
        "__was_given",  # whether the vocabulary was set by the user
    )
    token_types: ClassVar[tuple[type, ...]]
    token_in_words: ClassVar[str]
    given_instead = "a vocabulary, by `vocabulary=` or `set_vocabulary`"
    __load_schema__ = {  # noqa: RUF012
        "vocabulary": "tokens",
        "idf_weights": "list[float] | None",
        "vocabulary_size": "int | None",
        "salt": "int | list[int] | None",
        "oov_method": "str",
        "invert": "bool",
    }

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        pad_to_max_tokens: bool,
        sparse: bool,
        oov_method: str,
        salt: Any,
        **kwargs: Any,
    ):
        self.__size = kwargs.pop("vocabulary_size", None)
        super().__init__(**kwargs)
        check_sparse(type(self).__name__, sparse, output_mode)
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.output_mode = invert, output_mode
        self.pad_to_max_tokens, self.sparse = pad_to_max_tokens, sparse
        self.oov_method, self.salt = oov_method, salt_of(salt)
        check_arguments(self, idf_weights, vocabulary)
        self.__tokens: Sequence[Any] | None = None
        self.__keys: Any = None
        self.__table: dict[Any, int] = {}
        self.__idf: np.ndarray | None = None
        self.__was_given = False
        self.reset_counts()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # What a token is.

    def as_tokens(self, array: np.ndarray) -> Sequence[Any]:
        """Return the values of an array, flat, as tokens."""
        raise NotImplementedError

    def as_outputs(self, tokens: list[Any]) -> np.ndarray:
        """Return tokens as an array of the kind that users see."""
        raise NotImplementedError

    def token_of_line(self, line: bytes) -> Any:
        """Return the token that stands in a line of a file."""
        raise NotImplementedError

    def digits_of(self, tokens: Sequence[Any]) -> list[bytes]:
        """Return tokens as the bytes that are hashed, and written in files."""
        raise NotImplementedError

    def spare_numbers(self, tokens: Sequence[Any]) -> np.ndarray:
        """Return the bucket, from 0 to `num_oov_indices` - 1, of tokens outside of the vocabulary."""
        texts = self.digits_of(tokens)
        hashes = fingerprint64(texts) if self.salt is None else siphash(texts, self.salt)
        return (hashes % np.uint64(self.num_oov_indices)).astype(np.int64)

    def numbers_to_count(self, tokens: Sequence[Any]) -> np.ndarray:
        """Return a number, uint64, for each token, alike for all that are alike."""
        raise NotImplementedError

    def counted_tokens(self, numbers: np.ndarray) -> list[Any]:
        """Return the token of each number that `numbers_to_count` gave."""
        raise NotImplementedError

    # The vocabulary.

    @property
    def special_tokens(self) -> list[Any]:
        """The tokens in front of the vocabulary, as tokens: the mask's, and those for what it lacks."""
        has_mask = self.mask_token is not None and self.output_mode == "int"
        mask = [self.as_special(self.mask_token)] if has_mask else []
        return mask + [self.as_special(self.oov_token)] * self.num_oov_indices

    def as_special(self, token: Any) -> Any:
        """Return the mask's or the unknown's token as a token."""
        return token

    @property
    def vocabulary(self) -> list[Any] | None:
        """The vocabulary that the constructor or `set_vocabulary` was given, as configurations hold it."""
        tokens = self.__tokens or ()
        in_file = not any(b"\n" in text or b"\r" in text for text in self.digits_of(tokens))
        if self.__tokens is None or (in_file and not self.__was_given):
            return None
        return self.get_vocabulary(include_special_tokens=False)

    @property
    def idf_weights(self) -> list[float] | None:
        """The weights that were given with the vocabulary, as configurations hold them."""
        if self.__idf is None or self.vocabulary is None:
            return None
        return self.__idf[len(self.special_tokens) :].tolist()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """Return the tokens in the order of their numbers.

        Args:
            include_special_tokens: whether the mask's token and those for unknown tokens come first.
        """
        special = self.special_tokens if include_special_tokens else []
        return self.as_outputs([*special, *(self.__tokens or ())]).tolist()

    def vocabulary_size(self) -> int:
        """Return the number of tokens, special ones included."""
        return len(self.special_tokens) + len(self.__tokens or ())

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the vocabulary.

        Args:
            vocabulary: a list or an array of tokens in the order of their numbers, with or without the
                special ones in front; or the path of a text file with one token in each line.
            idf_weights: the weight of each token for `output_mode="tf_idf"`, without those of special ones.

        Raises:
            ValueError: a token comes twice, special tokens stand in the wrong place, there are too many
                tokens, or the weights do not fit.
        """
        if isinstance(vocabulary, (str, Path)):
            tokens: Any = self.__read(Path(vocabulary))
        else:
            tokens = list(self.as_tokens(self.taken(vocabulary)))
        special = self.special_tokens
        if special and list(tokens[: len(special)]) == special:
            tokens = tokens[len(special) :]
        check_tokens(self, tokens)
        self.__take_tokens(tokens)
        self.__idf = check_idf_weights(self, idf_weights, len(tokens), len(special))
        self.__was_given = True

    def __take_tokens(self, tokens: Sequence[Any]) -> None:
        self.__keys = None
        special = self.special_tokens
        self.__tokens = tokens
        self.__table = dict(
            zip(tokens, range(len(special), len(special) + len(tokens)), strict=True)
        )
        if self.mask_token is not None:
            self.__table[self.as_special(self.mask_token)] = (
                0 if self.output_mode == "int" else _DROPPED
            )

    def __read(self, path: Path) -> list[Any]:
        if not path.is_file():
            raise ValueError(
                f"{type(self).__name__}: there is no vocabulary file {str(path)!r}. A vocabulary is a list, an array "
                "or the path of a text file with one token in each line."
            )
        lines = path.read_bytes().split(b"\n")
        lines = [line.removesuffix(b"\r") for line in (lines[:-1] if lines[-1] == b"" else lines)]
        if b"" in lines:
            raise ValueError(
                f"Vocabulary file {str(path)!r}: line {lines.index(b'') + 1} is empty."
            )
        return [self.token_of_line(line) for line in lines]

    # Learning it.

    @property
    def learns(self) -> bool:
        """Whether the vocabulary is learned by `adapt`."""
        return not self.__was_given

    def reset_state(self) -> None:
        """Forget the vocabulary that was learned."""
        if not self.__was_given:
            self.__tokens, self.__table, self.__idf = None, {}, None
            self.reset_counts()

    def reset_counts(self) -> None:
        """Start counting anew."""
        self.__times, self.__documents, self.__rows = Tally(), Tally(), 0

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch."""
        array = self.taken(data)
        rows = len(array) if array.ndim else 1
        tokens = self.as_tokens(array)
        self.count_tokens(tokens, np.full(rows, len(tokens) // max(rows, 1)))

    def count_tokens(self, tokens: Sequence[Any], lengths: Sequence[int] | np.ndarray) -> None:
        """Count tokens of rows of these lengths."""
        numbers = self.numbers_to_count(tokens)
        self.__rows += len(lengths)
        self.__times.add(numbers)
        if self.output_mode == "tf_idf":
            self.__documents.add(once_in_each(np.asarray(lengths), numbers))

    def finalize_state(self) -> None:
        """Order the tokens by how often they occurred, then downwards; number the first of them."""
        numbers, times = self.__times.total()
        if self.__was_given or not numbers.size:
            return
        special = self.special_tokens
        left_out = set(special)
        if self.mask_token is not None:
            left_out.add(self.as_special(self.mask_token))
        size = None if self.max_tokens is None else self.max_tokens - len(special)
        kept = counting.commonest(times, None if size is None else size + len(left_out))
        tokens, times = self.counted_tokens(numbers[kept]), times[kept]
        order = np.array(sorted(range(len(tokens)), key=tokens.__getitem__, reverse=True))
        order = order[np.argsort(-times[order], kind="stable")].tolist()  # equal counts stay
        order = [i for i in order if tokens[i] not in left_out][:size]
        self.__take_tokens([tokens[i] for i in order])
        if self.output_mode == "tf_idf":
            _, documents = self.__documents.total()
            weights = counting.inverse_document_frequencies(documents[kept][order], self.__rows)
            self.__idf = check_idf_weights(self, weights, len(order), len(special))
        self.reset_counts()

    # The call.

    def on_host(self, inputs: np.ndarray) -> np.ndarray:
        """Return numbers for tokens, or with `invert` tokens for numbers."""
        if self.invert:
            return self.tokens_of(inputs)
        ids = self.numbers_of(self.as_tokens(inputs)).reshape(inputs.shape)
        if self.output_mode == "int":
            return ids
        if self.output_mode == "one_hot":
            return one_hot(ids, self.depth(), self.sparse).astype(self.compute_dtype)
        rows = int(np.prod(inputs.shape[:-1]))
        lengths = np.full(rows, inputs.shape[-1] if inputs.ndim else 1)
        return self.counted(ids.ravel(), lengths).reshape(*inputs.shape[:-1], self.depth())

    def tokens_of(self, ids: np.ndarray) -> np.ndarray:
        """Return the token of each number; the unknown's for a number that there is not."""
        tokens = self.__known()
        all_tokens = self.as_outputs(
            [*self.special_tokens, *tokens, self.as_special(self.oov_token)]
        )
        ids = ids.astype(np.int64)
        last = len(all_tokens) - 1
        return all_tokens[np.where((ids < 0) | (ids > last), last, ids)]

    def numbers_of(self, tokens: Sequence[Any]) -> np.ndarray:
        """Return the number of each token, int64.

        Raises:
            ValueError: a token is not in the vocabulary, and there is no number for such.
        """
        self.__known()
        first = len(self.special_tokens) - self.num_oov_indices
        other = first if self.num_oov_indices == 1 else _MISSING
        if isinstance(tokens, Packed):
            if self.__keys is None:
                self.__keys = Table(Packed(list(self.__table)))
            numbers = np.array([*self.__table.values(), other], np.int64)
            ids = numbers[self.__keys.find(tokens)]
        else:
            get = self.__table.get
            ids = np.fromiter((get(token, other) for token in tokens), np.int64, len(tokens))
        if self.num_oov_indices != 1 and (missing := np.flatnonzero(ids == _MISSING)).size:
            many = isinstance(tokens, Packed)
            unknown = tokens.some(missing) if many else [tokens[i] for i in missing.tolist()]
            if not self.num_oov_indices:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: {len(unknown)} of {len(tokens)} tokens are not in the "
                    f"vocabulary, such as {self.as_outputs(unknown[:3]).tolist()}, and `num_oov_indices` is 0. "
                    "Set it to 1 or more."
                )
            ids[missing] = first + self.spare_numbers(unknown)
        return ids

    def counted(self, ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return a row of the output for each row of numbers, of these lengths."""
        rows = np.repeat(np.arange(len(lengths)), lengths)
        counts = count(rows, ids, len(lengths), self.depth(), self.sparse)
        if self.output_mode == "multi_hot":
            return (counts > 0).astype(self.compute_dtype)
        if self.output_mode == "count":
            return counts.astype(self.compute_dtype)
        weights = np.zeros(self.depth(), np.float32)
        weights[: len(self.__idf)] = self.__idf  # type: ignore[arg-type]
        return (counts.astype("float32") * weights).astype(self.compute_dtype)

    def depth(self) -> int:
        """Return the length of a row of the output, where it has one entry for each token."""
        if self.pad_to_max_tokens:
            return self.max_tokens  # type: ignore[return-value]
        is_known = self.__tokens is not None or self.__size is None
        return self.vocabulary_size() if is_known else self.__size  # type: ignore[return-value]

    def __known(self) -> Sequence[Any]:
        if self.__tokens is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has no vocabulary yet. Call `adapt` on data, or give it "
                "`vocabulary=`."
            )
        return self.__tokens

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """Return a KerasTensor like the output."""
        if self.output_mode == "int":
            return KerasTensor(inputs.shape, self.inverted_dtype if self.invert else "int64")
        shape = tuple(inputs.shape)
        if self.output_mode != "one_hot" or (shape and shape[-1] == 1):
            shape = shape[:-1]
        return KerasTensor((*shape, self.depth()), self.compute_dtype, self.sparse)

    inverted_dtype = "string"
    """The dtype of a token."""

    # Configuration and files.

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; what was learned is in files instead."""
        size = self.__size if self.__tokens is None else self.vocabulary_size()
        config = super().get_config() | {"vocabulary_size": size, "salt": self.salt}
        return config | {"oov_method": self.oov_method, "vocabulary": self.vocabulary}

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of tokens that were learned into `store`."""
        if self.__idf is not None:
            store["idf_weights"] = self.__idf

    def load_own_variables(self, store: Any) -> None:
        """Take the weights of tokens out of `store`."""
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            self.__idf = np.asarray(store["idf_weights"], np.float32)

    def save_assets(self, dir_path: Any) -> None:
        """Write the vocabulary that was learned to `vocabulary.txt`, special tokens included."""
        if self.__tokens is not None and self.vocabulary is None:
            lines = self.digits_of([*self.special_tokens, *self.__tokens])
            Path(dir_path, _FILE).write_bytes(b"\n".join(lines))

    def load_assets(self, dir_path: Any) -> None:
        """Read what `save_assets` (or Keras) wrote."""
        if self.__was_given:
            return
        lines = Path(dir_path, _FILE).read_bytes().split(b"\n")
        special = len(self.special_tokens)
        self.__take_tokens([self.token_of_line(line) for line in lines[special:]])
