"""RandomFlip, RandomRotation and RandomZoom of 64 x 224 x 224 x 3, called with native arrays in training."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.side import best, import_library


class Augmented:
    """Keras' layers, and lamina's: one by one, and in a `Pipeline`, which reads each image once."""

    def __init__(self, keras: Any) -> None:
        images = np.random.default_rng(0).random((64, 224, 224, 3), dtype="float32") * 255
        self.images = keras.ops.convert_to_tensor(images)
        self.read = keras.ops.convert_to_numpy
        of = keras.layers
        self.layers = [of.RandomFlip(seed=1), of.RandomRotation(0.2, seed=2)]
        self.layers.append(of.RandomZoom(0.2, seed=3))
        self.pipeline = of.Pipeline(self.layers)

    def _read(self, images: Any) -> None:
        self.read(images[0, 0, 0, 0])  # waits for all of them

    def _apart(self) -> None:
        images = self.images
        for layer in self.layers:
            images = layer(images, training=True)
        self._read(images)

    def apart(self) -> float:
        return best(self._apart)

    def together(self) -> float:
        return best(lambda: self._read(self.pipeline(self.images, training=True)))


def side(library: str, engine: str) -> Augmented:
    """lamina's or Keras' layers."""
    return Augmented(import_library(library, engine))
