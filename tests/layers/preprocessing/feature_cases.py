"""Layers that prepare numbers and categories, which have learned from data, and samples for them."""

from __future__ import annotations

import json

import numpy as np

from lamina import layers

NUMBERS = np.random.default_rng(0).normal(20, 5, (100, 3))
TOWNS = np.array(["Aachen", "Bonn", "Celle", "Zülpich"])


class Prepare:
    """Called on the number of a sample it returns what each layer makes of that."""

    def __init__(self):
        normalize, bins = layers.Normalization(), layers.Discretization(num_bins=4)
        rows = layers.Discretization(num_bins=3, output_mode="one_hot")
        for layer in (normalize, bins, rows):
            layer.adapt(NUMBERS)
        self.layers = {
            "rescaling": layers.Rescaling(1 / 127.5, -1),
            "normalization": normalize,
            "bins": bins,
            "rows of bins": rows,
            "categories": layers.CategoryEncoding(4),
            "counts": layers.CategoryEncoding(4, output_mode="count"),
            "crossing": layers.HashedCrossing(50),
            "rows of crossing": layers.HashedCrossing(5, "one_hot"),
        }

    def inputs(self, i: int) -> dict:
        """The sample for each layer."""
        crossed = [TOWNS[[i, i + 1]], np.array([i, 7])]
        categories = np.array([i, 3, 3])
        return {
            "rescaling": np.array([i, 255], "uint8"),
            "normalization": NUMBERS[i],
            "bins": NUMBERS[i],
            "rows of bins": NUMBERS[i],
            "categories": categories,
            "counts": categories,
            "crossing": crossed,
            "rows of crossing": crossed,
        }

    def __call__(self, i: int) -> dict:
        inputs = self.inputs(i)
        return {name: layer(inputs[name]) for name, layer in self.layers.items()}


def as_text(outputs: dict) -> str:
    """Whose array each is, and the numbers in it."""
    return json.dumps({name: (type(y).__module__, y.tolist()) for name, y in outputs.items()})
