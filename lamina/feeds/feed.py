"""A feed: whatever gives batches, seen by the one loop that trains, evaluates and predicts.

Arrays (`ArrayFeed`) and anything that gives batches one after the other (`StreamFeed`) are feeds. A feed
is opened once, explicitly; then each call of `chunks` is one pass over the data.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, Protocol

import numpy as np

from lamina.core import dtypes, settings, tree
from lamina.core.seeds import Cursor
from lamina.core.sparse_rows import SparseRows
from lamina.core.tracebacks import warn
from lamina.core.variable import numpy_dtype


class Chunk(NamedTuple):
    """Batches of one shape that are run in one call.

    Attributes:
        batches: `(x, y, sample_weight)`, trees of NumPy arrays or `Rows`; axis 0 of each counts the batches.
        count: how many batches there are.
    """

    batches: tuple[Any, Any, Any]
    count: int

    def part(self, start: int, stop: int) -> Chunk:
        """Return the batches from number `start` to before `stop`."""

        def take(leaf: Any) -> Any:
            return None if leaf is None else leaf[start:stop]

        return Chunk(tree.map_structure(take, self.batches), stop - start)


class Feed(Protocol):
    """Gives the batches of pass after pass.

    Attributes:
        cursor: the position in the data, in plain numbers: how often they were gone through, and the
            batches since. A pass begins where it stands. Whoever takes the chunks counts `step` up when
            they are done, so it never counts what was only pulled ahead; the feed ends an epoch.
        example: `(x, y, sample_weight)`, checked: all the data, or the first batch of a stream.
        batch_size: samples in a batch.
        places: the number of the sample at each place; `None` if batches hold them in order.
    """

    cursor: Cursor
    example: tuple[Any, Any, Any]
    batch_size: int
    places: np.ndarray | None

    def open(self) -> None:
        """Get ready; raises ValueError where the data do not fit. `example` is there afterwards."""

    def state(self) -> dict[str, Any]:
        """Return what `go_to` needs besides the cursor, as plain data."""
        ...

    def go_to(self, cursor: Cursor, state: dict[str, Any] | None = None) -> bool:
        """Let the next pass of an open feed begin where `cursor`, another run's, stood.

        Args:
            state: of that run's feed; without it the order has to be the same by itself.

        Returns:
            Whether random generators were set back, and batches drawn again from there.
        """
        ...

    def steps(self, limit: int | None) -> int | None:
        """Return the number of batches in a pass of at most `limit`; `None` if its end will tell."""

    def ends_short(self, limit: int | None) -> bool:
        """Tell whether the last batch of a pass of at most `limit` may have fewer samples than others."""
        ...

    def chunks(
        self,
        limit: int | None,
        per_call: Callable[[], int],
        at_most: int,
        takes_rows: Callable[[np.ndarray], bool],
    ) -> Generator[Chunk, None, None]:  # pyright: ignore[reportReturnType]
        """Give the batches of one pass: those that follow the cursor, at most `limit`.

        Args:
            per_call: tells before each chunk how many batches are welcome in it.
            at_most: the most batches of a stream in a chunk.
            takes_rows: tells whether batches of an array's rows are welcome as `Rows`, not gathered.
        """

    def close(self) -> None:
        """Let go of what the feed runs (workers)."""


def as_taken(dtype: np.dtype) -> np.dtype:
    """Return the dtype in which an array of `dtype` is given to a model: floats come in `floatx`."""
    return _as_taken(dtype, settings.floatx())


@functools.cache  # the names of NumPy's dtypes are made anew each time
def _as_taken(dtype: np.dtype, floatx: str) -> np.dtype:
    is_float = dtype.kind == "f" and dtypes.is_float(dtype.name)
    return numpy_dtype(floatx) if is_float else dtype


def taken(array: Any) -> Any:
    """Return the array as a model gets it, a copy only where the dtype changes."""
    return array.astype(as_taken(array.dtype), copy=False)


def alone(batch: Any) -> Chunk:
    """Return a chunk of the one `batch`."""

    def only(x: Any) -> Any:
        if x.__class__ is SparseRows:
            return taken(x).parts(1)
        return None if x is None else taken(x)[None]

    return Chunk(tree.map_structure(only, batch), 1)


def by_itself(batch: Any) -> Any:
    """Return the arrays of one batch `(x, y, sample_weight)` as a model gets them."""

    def only(x: Any) -> Any:
        if x.__class__ is SparseRows:
            return tree.map_structure(lambda part: part[0], taken(x).parts(1))
        return None if x is None else taken(x)

    return tuple(
        [
            only(x) if x is None or type(x) is np.ndarray else tree.map_structure(only, x)
            for x in batch
        ]
    )


def is_used_up(data: Any, epoch: int, epochs: int) -> bool:
    """Warn, and tell, if there is nothing to learn from in the epochs that remain."""
    if not getattr(data, "used_up", False) or epoch + 1 >= epochs:
        return False
    warn(
        f"`x` can be iterated only once, and has no more batches after epoch {epoch + 1}: training ends, epochs "
        f"{epoch + 2} to {epochs} do not run. Give what can be iterated again (a data set, a DataLoader), or "
        "a generator with no end and `steps_per_epoch`."
    )
    return True
