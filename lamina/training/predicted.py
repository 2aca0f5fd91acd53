"""The outputs of `predict`, batch by batch, put together on the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import tree
from lamina.core.sparse_rows import entered
from lamina.engine.current import engine


def joined(parts: list[Any], places: np.ndarray | None = None) -> Any:
    """Return the outputs of several batches as one tree of NumPy arrays.

    Args:
        places: the number of the sample at each place, where batches do not hold them in order.

    Raises:
        ValueError: the outputs of the samples have different shapes.
    """

    def join(*leaves: Any) -> np.ndarray:
        together = np.concatenate([_on_host(leaf) for leaf in leaves])
        return together if places is None else together[np.argsort(places[: len(together)])]

    try:
        return tree.map_structure(join, *parts)
    except ValueError as error:
        shapes = {tuple(ops.shape(leaf)[1:]) for part in parts for leaf in tree.flatten([part])}
        raise ValueError(
            f"predict: the outputs of the batches do not fit together; samples have the shapes {sorted(shapes)}. "
            "Call `predict_on_batch` for each batch, or pad all inputs to one length."
        ) from error


def outputs_of(run: Callable[[Any], Any], x: Any, complete: Callable[[Any], Any]) -> Any:
    """Return what `complete` makes of what `run` gives for one batch, a tree of host arrays, as NumPy arrays."""
    outputs = complete(run((entered(x),)))
    if isinstance(outputs, engine().array_types):
        return np.array(engine().to_numpy(outputs))
    return tree.map_structure(_copied_out, outputs)


def _copied_out(x: Any) -> np.ndarray:
    """Return a NumPy array of its own: the engine's may be read-only, or the user's input."""
    return np.array(_on_host(x))


def _on_host(x: Any) -> np.ndarray:
    """Return native arrays as NumPy's; those of strings are NumPy's."""
    return x if isinstance(x, np.ndarray) else ops.convert_to_numpy(x)
