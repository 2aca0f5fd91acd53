"""Layers that prepare 128 pictures of 32 x 32 x 3, called with NumPy arrays; `adapt` on a table of a million rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.side import best, import_library


class Prepared:
    """Each layer is a measure."""

    def __init__(self, keras: Any) -> None:
        pictures = np.random.default_rng(0).random((128, 32, 32, 3), dtype="float32")
        normalization = keras.layers.Normalization(mean=0.5, variance=0.1)
        flip = keras.layers.RandomFlip()
        table = np.random.default_rng(0).random((1_000_000, 20), dtype="float32")
        learning = keras.layers.Normalization()
        self.calls = {
            "adapt": lambda: learning.adapt(table),
            "normalization": lambda: np.asarray(normalization(pictures)),
            "flips": lambda: np.asarray(flip(pictures, training=True)),
        }

    def normalization(self) -> float:
        return best(self.calls["normalization"])

    def adapt(self) -> float:
        return best(self.calls["adapt"])

    def flips(self) -> float:
        return best(self.calls["flips"])


def side(library: str, engine: str) -> Prepared:
    """lamina's or Keras' layers."""
    return Prepared(import_library(library, engine))
