"""TextVectorization of 5,000 documents of 230 words, and StringLookup of their words; Keras works on TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.side import best, import_library

DOCUMENTS, WORDS, KINDS = 5_000, 230, 20_000


def documents() -> np.ndarray:
    """Return texts whose words occur as often as Zipf's law says, some with capitals and commas."""
    rng = np.random.default_rng(0)
    words = [f"{'w' * (i % 7)}{i:x}" for i in range(KINDS)]
    words = np.array([w.title() + "," if i % 9 == 0 else w for i, w in enumerate(words)])
    drawn = np.minimum(rng.zipf(1.2, (DOCUMENTS, WORDS)) - 1, KINDS - 1)
    return np.array([" ".join(row) for row in words[drawn]], object)


class Texts:
    """`adapt` and a call of each layer."""

    def __init__(self, library: str, engine: str) -> None:
        keras = import_library(library, engine)
        self.quiet = {"verbose": 0} if library == "lamina" else {}
        self.texts = documents()
        self.words = np.array(" ".join(self.texts).split(), object)
        self.vectorization = keras.layers.TextVectorization(10_000, output_sequence_length=200)
        self.lookup = keras.layers.StringLookup(max_tokens=10_000)
        self.adapt()
        self.lookup_adapt()

    def _learning(self, layer: Any, data: np.ndarray) -> float:
        return best(lambda: layer.adapt(data, **self.quiet))

    def adapt(self) -> float:
        return self._learning(self.vectorization, self.texts)

    def call(self) -> float:
        return best(lambda: np.asarray(self.vectorization(self.texts)))

    def lookup_adapt(self) -> float:
        return self._learning(self.lookup, self.words)

    def lookup_call(self) -> float:
        return best(lambda: np.asarray(self.lookup(self.words)))


def side(library: str, engine: str) -> Texts:
    """lamina's or Keras' layers."""
    return Texts(library, engine)
