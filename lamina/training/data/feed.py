"""A feed: whatever gives batches, seen by the one loop that trains, evaluates and predicts.

Arrays (`ArrayFeed`) and anything that gives batches one after the other (`StreamFeed`) are feeds. A feed
is opened once, explicitly; then each call of `chunks` is one pass over the data.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np

from lamina.core import dtypes, settings, tree
from lamina.core.seeds import Cursor
from lamina.core.variable import numpy_dtype


class Chunk(NamedTuple):
    """Batches of one shape that are run in one call.

    Attributes:
        batches: `(x, y, sample_weight)`, trees of NumPy arrays; axis 0 of each counts the batches.
        count: how many batches there are.
    """

    batches: tuple[Any, Any, Any]
    count: int


class Feed(Protocol):
    """Gives the batches of pass after pass.

    Attributes:
        cursor: the position in plain numbers: epoch, and step within it. It may be set before a pass,
            which then begins there.
        example: `(x, y, sample_weight)`, checked: all the data, or the first batch of a stream.
        batch_size: samples in a batch.
    """

    cursor: Cursor
    example: tuple[Any, Any, Any]
    batch_size: int

    def open(self) -> None:
        """Get ready; raises ValueError where the data do not fit. `example` is there afterwards."""

    def steps(self, limit: int | None) -> int | None:
        """Return the number of batches in a pass of at most `limit`; `None` if its end will tell."""

    def chunks(
        self, limit: int | None, per_call: Callable[[], int], at_most: int
    ) -> Iterator[Chunk]:  # pyright: ignore[reportReturnType]
        """Give the batches of one pass, at most `limit`.

        Args:
            per_call: tells before each chunk how many batches are welcome in it.
            at_most: the number of batches to which a stream may be read ahead.
        """


def as_taken(dtype: np.dtype) -> np.dtype:
    """Return the dtype in which an array of `dtype` is given to a model: floats come in `floatx`."""
    return _as_taken(dtype, settings.floatx())


@functools.cache  # the names of NumPy's dtypes are made anew each time
def _as_taken(dtype: np.dtype, floatx: str) -> np.dtype:
    is_float = dtype.kind == "f" and dtypes.is_float(dtype.name)
    return numpy_dtype(floatx) if is_float else dtype


def taken(array: np.ndarray) -> np.ndarray:
    """Return the array as a model gets it, a copy only where the dtype changes."""
    return array.astype(as_taken(array.dtype), copy=False)


def alone(batch: Any) -> Chunk:
    """Return a chunk of the one `batch`."""
    return Chunk(tree.map_structure(lambda x: None if x is None else taken(x)[None], batch), 1)
