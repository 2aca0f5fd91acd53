"""Checks of what lookups are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.choices import one_of
from lamina.engine.current import to_host

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
MOST_OOV = 2**20  # each has an entry in the vocabulary


def salt_of(salt: Any) -> list[int] | None:
    """Return the key of a keyed hash: two integers, or one that counts for both.

    Raises:
        ValueError: it is something else.
    """
    if salt is None:
        return None
    parts = [salt, salt] if isinstance(salt, int) else list(salt)
    if len(parts) != 2 or not all(isinstance(part, int) for part in parts):
        raise ValueError(f"`salt` must be an integer or two of them, not {salt!r}.")
    return parts


def check_arguments(layer: Any, idf_weights: Any, vocabulary: Any) -> None:
    """Check a lookup's arguments against each other.

    Raises:
        ValueError: they have no meaning together.
        TypeError: the mask's token is not a token.
    """
    name, mode = type(layer).__name__, layer.output_mode
    one_of(name, "output_mode", mode, MODES)
    if not isinstance(layer.mask_token, (*layer.token_types, type(None))):
        raise TypeError(
            f"{name}: `mask_token` must be a token, {layer.token_in_words}, or None, not {layer.mask_token!r}."
        )
    if layer.max_tokens is not None and layer.max_tokens <= 1:
        raise ValueError(f"{name}: `max_tokens` must be greater than 1, not {layer.max_tokens}.")
    if layer.pad_to_max_tokens and layer.max_tokens is None:
        raise ValueError(f"{name}: `pad_to_max_tokens` needs `max_tokens`.")
    if not 0 <= layer.num_oov_indices <= MOST_OOV:
        raise ValueError(
            f"{name}: `num_oov_indices` must be from 0 to {MOST_OOV}, not {layer.num_oov_indices}."
        )
    if layer.invert and mode != "int":
        raise ValueError(f"{name}: with `invert` the `output_mode` must be 'int', not {mode!r}.")
    if idf_weights is not None and mode != "tf_idf":
        raise ValueError(f"{name}: `idf_weights` go with output_mode='tf_idf', not {mode!r}.")
    if idf_weights is not None and vocabulary is None:
        raise ValueError(f"{name}: `idf_weights` go with a `vocabulary`, which is missing.")


def check_tokens(layer: Any, tokens: Sequence[Any]) -> None:
    """Check the tokens of a vocabulary, the special ones in front left out.

    Raises:
        ValueError: there are none, too many, some twice, or a special one is among them.
    """
    name, special = type(layer).__name__, layer.special_tokens
    if not tokens:
        raise ValueError(f"{name}: the vocabulary is empty.")
    twice = [token for token, times in Counter(tokens).items() if times > 1]
    if twice:
        shown = layer.as_outputs(twice[:5]).tolist()
        raise ValueError(f"{name}: the vocabulary holds {len(twice)} token(s) twice: {shown}.")
    reserved = [] if layer.mask_token is None else [layer.mask_token]
    reserved += [layer.oov_token] if layer.invert and layer.oov_token is not None else []
    for token in reserved:
        if layer.as_special(token) in tokens:
            raise ValueError(
                f"{name}: {token!r} stands at place {tokens.index(layer.as_special(token))} of the vocabulary. "
                f"Special tokens are left out, or stand at its beginning: {layer.as_outputs(special).tolist()}."
            )
    size = len(special) + len(tokens)
    if layer.max_tokens is not None and size > layer.max_tokens:
        raise ValueError(
            f"{name}: the vocabulary has {size} tokens, special ones included, but `max_tokens` is {layer.max_tokens}."
        )


def check_idf_weights(layer: Any, weights: Any, tokens: int, special: int) -> np.ndarray | None:
    """Return the weights of all tokens: unknown ones have the mean of the others.

    Raises:
        ValueError: they are missing, not wanted, or their number is another.
    """
    name = type(layer).__name__
    if layer.output_mode != "tf_idf":
        if weights is not None:
            raise ValueError(f"{name}: `idf_weights` go with output_mode='tf_idf'.")
        return None
    if weights is None:
        raise ValueError(
            f"{name}: with output_mode='tf_idf' a vocabulary comes with `idf_weights`, a number for each token."
        )
    weights = np.asarray(to_host(weights), np.float32)
    if weights.shape != (tokens,):
        raise ValueError(
            f"{name}: `idf_weights` has shape {weights.shape}, but there are {tokens} tokens."
        )
    return np.concatenate(
        [np.full(special, np.mean(weights, dtype=np.float64), np.float32), weights]
    )
