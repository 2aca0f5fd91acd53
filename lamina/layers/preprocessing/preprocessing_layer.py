"""`PreprocessingLayer`: the base of layers that prepare data, wherever they are called."""

from __future__ import annotations

from typing import Any

from lamina.layers.elsewhere import PreparesData, elsewhere
from lamina.layers.layer import Layer


class PreprocessingLayer(PreparesData, Layer):
    """Abstract: a layer that prepares data, and gives the same numbers everywhere.

    It is called by itself or within a model, as any layer; in a `tf.data` map, whichever engine is in
    force (on TensorFlow's tensors, which it returns); or in the workers of a DataLoader or of Grain
    (NumPy arrays in, NumPy arrays out, and no engine is imported).

    A random layer draws anew for each sample, in each of these places: in a map from a counter in the
    graph, in a worker from a sequence of that worker's own.
    """

    def __decisive__(self) -> None:
        """What a layer has learned from data decides shapes, too."""
        return None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; see `Layer`."""
        place = elsewhere(self, args, kwargs)
        if place is None:
            return super().__call__(*args, **kwargs)
        with place:
            return super().__call__(*args, **kwargs)
