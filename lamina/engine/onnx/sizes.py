"""Of the graphs for a few sizes of the batch one that serves all: what differs must follow from the size."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.engine.onnx.graph import NotInGraphError, Trace, tensor_type

# Numbers and sizes that are linear in these sizes of the batch are so in all.
STAND_INS = (11, 13, 2, 3)


def differ(arrays: Sequence[np.ndarray]) -> bool:
    """Tell whether arrays are not the same to the byte."""
    return len({(x.dtype, x.shape, x.tobytes()) for x in arrays}) > 1


def open_shape(shapes: Sequence[tuple]) -> tuple:
    """Return the shape that a tensor has for every size of the batch, in the words of ONNX."""
    columns = zip(*shapes, strict=True)
    return tuple(
        "batch" if sizes == STAND_INS else sizes[0] if len(set(sizes)) == 1 else None
        for sizes in columns
    )


class Sizes:
    """Computes the constants of a graph that differ by the size of the batch.

    Args:
        batch: an input of the graph whose axis 0 is the batch.
    """

    def __init__(self, trace: Trace, batch: str):
        self._trace, self._batch = trace, batch

    @functools.cached_property
    def _size(self) -> Any:
        return self._node("Squeeze", self._node("Shape", self._batch, start=0, end=1))

    def _node(self, kind: str, *inputs: Any, **attributes: Any) -> Any:
        names = [x if isinstance(x, str) else self._trace.constant(np.asarray(x)) for x in inputs]
        return self._trace.node(kind, names, 1, attributes)[0]

    def computed(self, arrays: Sequence[np.ndarray]) -> Any:
        """Return the name of what a constant is, given those for the stand-ins.

        Raises:
            NotInGraphError: they do not follow from the size.
        """
        first, dtype = arrays[0].reshape(-1), arrays[0].dtype
        if all(x.shape == arrays[0].shape for x in arrays):
            return self._linear(arrays)
        shape = self._linear([np.array(x.shape) for x in arrays])
        if all((x == first[0]).all() for x in arrays):
            return self._node("Expand", first[0], shape)
        step = first[1] - first[0] if dtype.kind in "if" and dtype.itemsize > 2 else 0
        ranges = [first[0] + step * np.arange(x.size, dtype=dtype) for x in arrays]
        if all(np.array_equal(x, y.reshape(-1)) for x, y in zip(ranges, arrays, strict=True)):
            ends = [np.asarray(first[0] + step * x.size, dtype) for x in arrays]
            return self._node(
                "Reshape", self._node("Range", first[0], self._linear(ends), step), shape
            )
        raise NotInGraphError("an array depends on the size of the batch")

    def _linear(self, arrays: Sequence[np.ndarray]) -> Any:
        x, y, dtype = (*(x.astype("float64") for x in arrays[:2]), arrays[0].dtype)
        slope = (y - x) / (STAND_INS[1] - STAND_INS[0])
        offset = x - slope * STAND_INS[0]
        if not all(
            np.array_equal(slope * n + offset, z) for n, z in zip(STAND_INS, arrays, strict=True)
        ):
            raise NotInGraphError("a number depends on the size of the batch")
        size = self._node("Cast", self._size, to=tensor_type(dtype))
        slope, offset = slope.astype(dtype), offset.astype(dtype)
        return self._node("Add", self._node("Mul", size, slope), offset)
