"""Models that begin with strings, written once for both libraries, and what they are called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

TEXTS = np.array(["The cat sat.", "a dög", "the dog barked", "", "Cat!"], object)
WORDS = np.array([["x"], ["y"], ["x"], ["z"], [""]], object)
NUMBERS = np.array([[3], [-2], [3], [10**12], [0]])


def weighted(k: Any) -> tuple[Any, Any]:
    layer = k.layers.TextVectorization(output_mode="tf_idf", ngrams=2)
    layer.adapt(TEXTS)
    return k.Sequential([k.Input((), dtype="string"), layer, k.layers.Dense(2)]), TEXTS


def columns(k: Any) -> tuple[Any, Any]:
    text, word = (
        k.Input((), dtype="string", name="text"),
        k.Input((1,), dtype="string", name="word"),
    )
    number = k.Input((1,), dtype="int64", name="number")
    layer = k.layers.TextVectorization(output_sequence_length=4)
    layer.adapt(TEXTS)
    words = k.layers.StringLookup(mask_token="", num_oov_indices=2)
    words.adapt(WORDS)
    numbers = k.layers.IntegerLookup(vocabulary=[3, 10**12], output_mode="one_hot")
    parts = [
        k.layers.GlobalAveragePooling1D()(k.layers.Embedding(20, 3)(layer(text))),
        k.layers.Flatten()(k.layers.Embedding(9, 2)(words(word))),
        k.layers.Reshape((3,))(numbers(number)),
        k.layers.Reshape((5,))(k.layers.Hashing(5, salt=3, output_mode="one_hot")(word)),
    ]
    outputs = k.layers.Dense(2)(k.layers.Concatenate()(parts))
    x = {"text": TEXTS, "word": WORDS, "number": NUMBERS}
    return k.Model({"text": text, "word": word, "number": number}, outputs), x


MODELS: dict[str, Callable] = {"weighted": weighted, "columns": columns}
