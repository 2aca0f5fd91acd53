"""What is computed with `layers`, Keras' or lamina's, on 10,000 hostile strings: a table of cases.

Run as a program, it computes all of them with Keras on TensorFlow and writes them to a file of pickle:
`python text_cases.py results.pickle`. A process has one engine of Keras, so that is one of its own.
"""

from __future__ import annotations

import os
import pickle
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_WORDS = [
    *("The", "the", "THE", "cat", "Cat's", "dog.", "über", "Über", "ÜBER", "straße", "STRASSE"),
    *("a", "b", "c", "10", "1,000", "x-y", "don't"),
]
_PIECES = [
    *[
        "É",
        "é",
        "ß",
        "İ",
        "ı",
        "Σ",
        "ς",
        "ﬁ",
        "😀",
        "👨‍👩‍👧",
        "e\u0301",
        "\u0301",
        "中文",
        "हिन्दी",
        "\ufeff",
    ],
    *["\u00a0", "\u2003", "\u0085", "\u2028", "\x1c", "\x1f", "\x00", "\x7f", "\u200b", "\ufffd"],
    *[" ", "  ", "\t", "\n", "\r\n", "\x0b", "\x0c", "", " \n ", "[UNK]", "[unk]"],
    *[
        "!",
        "?!",
        "...",
        "—",
        "«",
        "。",
        "_",
        "^",
        "~~",
        "\\",
        '"',
        "'",
        "`",
        "$1",
        "<br />",
        "#tag",
        "@you",
    ],
]
_NOT_UTF8 = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f", b"\x80abc", b"a\xe9b", b"\xc0\xaf"]


def hostile(count: int, seed: int, damaged: bool = False) -> np.ndarray:
    """Return strings as bytes, many of them alike; with `damaged` some are not UTF-8."""
    draw = random.Random(seed)
    texts = np.empty(count, object)
    for i in range(count):
        parts: list[bytes] = []
        for _ in range(draw.randrange(12)):
            kind = draw.random()
            if damaged and kind < 0.1:
                parts.append(draw.choice(_NOT_UTF8))
            elif kind < 0.5:
                parts.append(draw.choice(_PIECES).encode())
            else:
                parts.append(draw.choice(_WORDS).encode() + b" ")
        if draw.random() < 0.005:
            parts.append(draw.choice(_WORDS).encode() * draw.randrange(100, 300))
        texts[i] = b"".join(parts)
    return texts


TEXTS, DAMAGED = hostile(10_000, 1), hostile(10_000, 2, damaged=True)
NUMBERS = np.random.default_rng(3).integers(-60, 60, 10_000) ** 3


def _vectorized(data: np.ndarray, rows: int = 10_000, **options: Any) -> Callable:
    def compute(layers: Any) -> Any:
        layer = layers.TextVectorization(**options)
        layer.adapt(data)
        return layer(data[:rows])

    return compute


def _looked_up(kind: str, data: np.ndarray, **options: Any) -> Callable:
    def compute(layers: Any) -> Any:
        layer = getattr(layers, kind)(**options)
        layer.adapt(data)
        return layer(data[:2000].reshape(-1, 4))

    return compute


def _learned(kind: str, data: np.ndarray, **options: Any) -> Callable:
    def compute(layers: Any) -> Any:
        layer = getattr(layers, kind)(**options)
        layer.adapt(data)
        return np.array([str(token).rstrip("\0") for token in layer.get_vocabulary()], object)

    return compute


def _hashed(data: np.ndarray, **options: Any) -> Callable:
    return lambda layers: layers.Hashing(**options)(data.reshape(-1, 4))


def _inverted(layers: Any) -> Any:
    layer = layers.StringLookup(max_tokens=500)
    layer.adapt(DAMAGED)
    vocabulary = np.array([token for token in DAMAGED[:50].tolist() if token and token[-1]], object)
    vocabulary = np.array(list(dict.fromkeys(vocabulary.tolist())), object)
    back = layers.StringLookup(vocabulary=vocabulary, invert=True)(np.arange(-2, 60))
    tokens = back.tolist() if isinstance(back, np.ndarray) else back.numpy().tolist()
    tokens = [t if isinstance(t, bytes) else t.encode("utf-8", "surrogateescape") for t in tokens]
    return np.array(tokens, object)


_STANDARDIZERS = ["lower_and_strip_punctuation", "lower", "strip_punctuation", None]
CASES: dict[str, Callable] = {
    **{f"ids, {name}": _vectorized(TEXTS, standardize=name) for name in _STANDARDIZERS},
    "ids of damaged texts": _vectorized(DAMAGED),
    "ids of characters": _vectorized(TEXTS, split="character"),
    "ids of damaged characters": _vectorized(DAMAGED, split="character"),
    "ids of whole texts": _vectorized(TEXTS, split=None),
    "ids, few tokens": _vectorized(DAMAGED, max_tokens=30),
    "ids, short": _vectorized(TEXTS, output_sequence_length=3),
    "ids, long": _vectorized(TEXTS, output_sequence_length=150),
    "ids of bigrams": _vectorized(TEXTS, ngrams=2),
    "ids of single n-grams": _vectorized(DAMAGED, ngrams=(1, 3)),
    "multi_hot": _vectorized(TEXTS, 1000, output_mode="multi_hot", max_tokens=200),
    "count": _vectorized(DAMAGED, 1000, output_mode="count", max_tokens=200, ngrams=2),
    "tf_idf": _vectorized(TEXTS, 1000, output_mode="tf_idf", max_tokens=200),
    "tf_idf, padded": _vectorized(
        TEXTS[:40], 40, output_mode="tf_idf", max_tokens=900, pad_to_max_tokens=True
    ),
    "vocabulary of tokens": _learned("TextVectorization", TEXTS),
    "vocabulary of bigrams": _learned("TextVectorization", TEXTS, ngrams=2, max_tokens=1000),
    "vocabulary of strings": _learned("StringLookup", TEXTS),
    "vocabulary beside a mask": _learned("StringLookup", TEXTS, mask_token="", num_oov_indices=3),
    "vocabulary of numbers": _learned("IntegerLookup", NUMBERS, mask_token=0),
    "strings": _looked_up("StringLookup", DAMAGED),
    "strings, masked": _looked_up("StringLookup", DAMAGED, mask_token=""),
    "strings, spare numbers": _looked_up("StringLookup", DAMAGED, max_tokens=99, num_oov_indices=7),
    "strings, salted": _looked_up(
        "StringLookup", DAMAGED, max_tokens=99, num_oov_indices=7, salt=[3, 9]
    ),
    **{
        f"strings, {mode}": _looked_up(
            "StringLookup", DAMAGED, max_tokens=50, mask_token="", output_mode=mode
        )
        for mode in ("one_hot", "multi_hot", "count", "tf_idf")
    },
    "numbers": _looked_up("IntegerLookup", NUMBERS, mask_token=0),
    "numbers, spare numbers": _looked_up(
        "IntegerLookup", NUMBERS, max_tokens=30, num_oov_indices=7
    ),
    "numbers, hashed": _looked_up(
        "IntegerLookup", NUMBERS, max_tokens=30, num_oov_indices=7, oov_method="farmhash"
    ),
    "numbers, tf_idf": _looked_up("IntegerLookup", NUMBERS, max_tokens=30, output_mode="tf_idf"),
    "bins": _hashed(DAMAGED, num_bins=1009),
    "bins, masked": _hashed(DAMAGED, num_bins=1009, mask_value=""),
    "bins, salted": _hashed(DAMAGED, num_bins=1009, salt=[5, 6]),
    "bins, salted by one number": _hashed(DAMAGED, num_bins=1009, salt=2**40),
    "bins of numbers": _hashed(NUMBERS, num_bins=101, mask_value=0),
    "bins of floats": _hashed(NUMBERS / 7, num_bins=101),
    **{
        f"bins, {mode}": _hashed(DAMAGED, num_bins=9, output_mode=mode)
        for mode in ("one_hot", "multi_hot", "count")
    },
    "strings again": _inverted,
}


def main() -> None:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    sys.path.insert(0, str(Path(__file__).parents[2]))
    import keras
    import tensorflow as tf

    from tests.oracle.text_models import MODELS

    results = {}
    for name, make in MODELS.items():
        model, x = make(keras)
        x = {n: tf.constant(v) for n, v in x.items()} if isinstance(x, dict) else tf.constant(x)
        folder = Path(sys.argv[1]).parent
        model.save(folder / f"theirs_{name}.keras")
        read = keras.saving.load_model(folder / f"ours_{name}.keras")
        results |= {f"theirs {name}": model(x).numpy(), f"ours {name}": read(x).numpy()}
    for name, compute in CASES.items():
        result = compute(keras.layers)
        results[name] = result if isinstance(result, np.ndarray) else result.numpy()
    Path(sys.argv[1]).write_bytes(pickle.dumps(results))


if __name__ == "__main__":
    main()
