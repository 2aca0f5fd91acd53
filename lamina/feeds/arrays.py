"""Arrays in memory: one array, or a list or dict of arrays, with one sample per entry of axis 0."""

from __future__ import annotations

from collections.abc import Callable, Generator
from fractions import Fraction
from inspect import isroutine
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.seeds import Cursor
from lamina.core.sparse_rows import SparseRows, are_rows
from lamina.core.variable import Variable
from lamina.engine.current import to_host
from lamina.engine.memory import aligned
from lamina.engine.rows import Rows, gathered
from lamina.feeds.ahead import Ahead
from lamina.feeds.feed import Chunk, as_taken, taken
from lamina.feeds.frames import (
    Columns,
    column_of,
    is_frame,
    kind_of_values,
    numbers,
    parted,
    read,
    together,
)
from lamina.feeds.kinds import family_of
from lamina.feeds.mapped import CHUNK, any_mapped, is_mapped, read as read_rows
from lamina.strings.texts import is_text, to_array


class ArrayFeed:
    """Inputs, targets and sample weights in memory.

    The arrays stay on the host, and a chunk of batches is gathered when its turn comes: nothing is
    copied as a whole, and what is written into an array during training counts from the next chunk on.

    Args:
        x, y, sample_weight: trees of NumPy arrays, as `as_arrays` makes them.
        batch_size: samples in a batch, 32 by default; the last one of an epoch may be smaller.
        shuffle: a new order every epoch; `"batch"` shuffles whole batches.

    Raises:
        ValueError: no samples, arrays of different lengths, or an argument out of range.
    """

    places: np.ndarray | None = None

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        shuffle: bool | str = False,
    ):
        self.example = self._data = (x, y, sample_weight)
        self.batch_size = check_count("batch_size", 32 if batch_size is None else batch_size)
        if shuffle not in (True, False, "batch"):
            raise ValueError(f"`shuffle` must be True, False or 'batch', not {shuffle!r}.")
        self.shuffle = shuffle
        self.cursor = Cursor(0, 0)

    def state(self) -> dict[str, Any]:
        """Return nothing: the cursor says all."""
        return {}

    def go_to(self, cursor: Cursor, state: dict[str, Any] | None = None) -> bool:
        """Let the next pass begin where `cursor` stands; see `Feed`."""
        self.cursor = cursor
        return False

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def open(self) -> None:
        """Check the lengths, and take a stream of random draws for the order of the epochs."""
        names = ["x", "y", "sample_weight"]
        named = dict(zip(names, self.example, strict=True))
        self.samples = common_length(named)
        if self.shuffle:
            self.cursor = Cursor.begin()

    def steps(self, limit: int | None) -> int:
        """Return the number of batches in a pass of at most `limit`."""
        batches = -(-self.samples // self.batch_size)
        return min(batches, limit or batches)

    def ends_short(self, limit: int | None) -> bool:
        """Tell whether the last batch of a pass of at most `limit` has fewer samples than others."""
        steps = self.steps(limit)
        return steps > 1 and steps * self.batch_size > self.samples

    def chunks(
        self,
        limit: int | None,
        per_call: Callable[[], int],
        at_most: int = 1,
        takes_rows: Callable[[np.ndarray], bool] = lambda array: False,
    ) -> Generator[Chunk, None, None]:
        """Give the batches of one epoch in its order, gathered ahead; see `Feed`."""
        total = self.steps(None if limit is None else self.cursor.step + limit)
        never = False if total - self.cursor.step == 1 else None
        block = self.batch_size if self.shuffle == "batch" else 1
        order = self.cursor.order(self.samples, block) if self.shuffle else None
        with Ahead(self._gathered(total, order, per_call, takes_rows), never) as chunks:
            yield from chunks
        self.cursor.next_epoch()

    def _gathered(
        self,
        total: int,
        order: np.ndarray | None,
        per_call: Callable[[], int],
        takes_rows: Callable[[np.ndarray], bool],
    ) -> Generator[Chunk, None, None]:
        size = self.batch_size
        full = min(self.samples // size, total)  # batches of full size; one smaller may follow
        done, most = self.cursor.step, self._most()
        while done < total:
            count = 1 if done >= full else min(full - done, per_call(), most)
            rows = slice(done * size, min((done + count) * size, self.samples))
            yield self._chunk(rows if order is None else order[rows], count, takes_rows)
            done += count

    def _most(self) -> int:
        """Return how many batches of arrays in files a chunk may hold."""
        leaves = tree.flatten(self._data)
        if not any_mapped(leaves):
            return self.samples
        row = sum(leaf.nbytes // len(leaf) for leaf in leaves if leaf is not None)
        return max(1, CHUNK // max(row * self.batch_size, 1))

    def _chunk(self, rows: Any, count: int, takes_rows: Callable[[np.ndarray], bool]) -> Chunk:
        def gather(leaf: Any) -> Any:
            if leaf is None:
                return None
            if leaf.__class__ is SparseRows:
                return taken(leaf[rows]).parts(count)
            scattered = count > 1 and isinstance(rows, np.ndarray)
            if scattered and _is_plain(leaf) and takes_rows(leaf):
                return Rows(leaf, rows.reshape(count, -1))
            batches = _rows_of(leaf, rows)
            return batches.reshape(count, -1, *leaf.shape[1:]) if leaf.size else batches[None]

        return Chunk(tree.map_structure(gather, self._data), count)


def _rows_of(array: np.ndarray, rows: slice | np.ndarray) -> np.ndarray:
    """Rows of an array in the dtype that a model gets: a view for a slice of memory, else aligned memory."""
    if _is_plain(array) and not isinstance(rows, slice):
        return gathered(array, rows)
    dtype = as_taken(array.dtype)
    if not is_mapped(array):
        return array[rows].astype(dtype, copy=False)
    count = len(range(*rows.indices(len(array)))) if isinstance(rows, slice) else len(rows)
    return read_rows(array, rows, aligned((count, *array.shape[1:]), dtype))


def _is_plain(array: np.ndarray) -> bool:
    """Tell whether an array lies in memory as a model takes it."""
    dtype = array.dtype
    same = as_taken(dtype) == dtype and dtype.isnative and not dtype.hasobject
    return same and (array.base is None or not is_mapped(array))


def is_plain(data: Any) -> bool:
    """Tell whether `as_arrays` returns `data` as they are: what nearly everyone gives."""
    return type(data) is np.ndarray and data.dtype == np.float32 and data.ndim > 0


def as_arrays(data: Any, what: str, strings: bool = False) -> Any:
    """Return `data` as a tree of NumPy arrays; they are views of the user's where that is possible.

    Args:
        strings: whether leaves may hold strings.

    Raises:
        ValueError: a leaf holds strings or objects, or is ragged or a single number.
    """
    if is_plain(data):
        return data
    if isinstance(data, dict):
        return {n: as_arrays(value, f"{what}[{n!r}]", strings) for n, value in data.items()}
    if isinstance(data, (list, tuple)) and _holds_arrays(data):
        return [as_arrays(leaf, f"{what}[{i}]", strings) for i, leaf in enumerate(data)]
    return None if data is None else _as_array(data, what, strings)


def _holds_arrays(data: Any) -> bool:
    return any(
        _is_array(x)
        or isinstance(x, (dict, type(None)))
        or (isinstance(x, (list, tuple)) and _holds_arrays(x))
        for x in data
    )


def _is_array(x: Any) -> bool:
    if isinstance(x, (np.ndarray, Variable)) or are_rows(x):
        return True
    return hasattr(x, "__array__") and np.ndim(x) > 0


def _as_array(data: Any, what: str, strings: bool) -> Any:
    if are_rows(data):
        return SparseRows.of(data, what)
    if isroutine(data):
        raise ValueError(
            f"`{what}` is the function {data.__name__!r}. If it makes a generator, call it: {data.__name__}()."
        )
    try:
        array = _on_the_host(data, what)
    except ValueError as error:
        if "inhomogeneous" not in f"{error}":
            raise
        raise ValueError(
            f"`{what}` cannot be made one array: its rows have different lengths. Pad them to one length "
            "(utils.pad_sequences), or to a few (data.bucket)."
        ) from error
    if array.dtype == object or array.dtype.kind in "USMmV":
        if array.dtype.names is None and array.dtype.name == "bfloat16":
            return array
        if strings and array.ndim and is_text(array):
            return array
        raise ValueError(
            f"`{what}` holds {kind_of_values(array)} (dtype {array.dtype}), but a model takes numbers. "
            "Turn it into numbers first, e.g. categories into integers with numpy.unique(..., return_inverse=True), "
            "texts with layers.TextVectorization: layer(x), or data.map(layer)."
        )
    if array.ndim == 0:
        raise ValueError(
            f"`{what}` is the single number {array}; an array with one sample per entry of axis 0 is expected."
        )
    return array


def _on_the_host(data: Any, what: str) -> np.ndarray:
    """NumPy's form of anything with values: an array of any library, a column, a table, a list."""
    if is_frame(data):
        return together(numbers(read(data), what), what)
    family = family_of(data)
    if family == "column":
        return column_of(data)
    if family == "lazy column":
        return np.asarray(data[:])
    is_string = getattr(getattr(data, "dtype", None), "name", None) == "string"  # TensorFlow's
    return to_array(data) if is_string else np.asarray(to_host(data))


def common_length(trees: dict[str, Any]) -> int:
    """The number of samples, the same in every array.

    Raises:
        ValueError: no samples, or different numbers of them.
    """
    if len(trees) == 1:  # the short way for what nearly everyone gives to `predict`
        (data,) = trees.values()
        if type(data) is np.ndarray and len(data):
            return len(data)
    lengths = {}
    for what, data in trees.items():
        leaves = tree.flatten(data)
        for i, leaf in enumerate(leaves):
            if leaf is not None:
                lengths[what if len(leaves) == 1 else f"{what}[{i}]"] = len(leaf)
    if not lengths:
        raise ValueError("There are no data: `x` is None.")
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{what} has {n}" for what, n in lengths.items())
        raise ValueError(
            f"All arrays must have the same number of samples (entries of axis 0), but {found}."
        )
    samples = next(iter(lengths.values()))
    if samples == 0:
        raise ValueError(
            f"The data are empty: {', '.join(lengths)} ha{'s' if len(lengths) == 1 else 've'} 0 samples."
        )
    return samples


def check_count(what: str, value: Any, least: int = 1) -> int:
    """Return `value`, if it is an integer of at least `least` (1 or 0)."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        kind = "positive" if least else "non-negative"
        raise ValueError(f"`{what}` must be a {kind} integer, not {value!r}.")
    return int(value)


def check_counts(least: int, **counts: Any) -> None:
    """Check integers by their names; `None` may stand for those of at least 1."""
    for name, value in counts.items():
        if value is not None or least == 0:
            check_count(name, value, least)


def split(data: tuple[Any, Any, Any], fraction: float) -> tuple[tuple, tuple]:
    """Cut `(x, y, sample_weight)` in two: the last `fraction` of the samples is for validation.

    Raises:
        ValueError: the fraction is not between 0 and 1, or a part would be empty.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"`validation_split` must lie between 0 and 1, not {fraction!r}.")
    x, *others = parted(*data)
    columns = is_frame(x)
    arrays = [
        dict(numbers(read(x), "x", True)) if columns else as_arrays(x, "x", True),
        *map(as_arrays, others, ("y", "sample_weight")),
    ]
    samples = common_length(dict(zip(("x", "y", "sample_weight"), arrays, strict=True)))
    # Exactly: in floats, 10 * (1 - 0.9) is less than 1.
    at = int(samples * (1 - Fraction(str(float(fraction)))))
    if at == 0 or at == samples:
        raise ValueError(
            f"`validation_split={fraction}` of {samples} samples leaves no samples for "
            f"{'training' if at == 0 else 'validation'}."
        )

    def cut(piece: slice) -> tuple:
        x, *others = (
            tree.map_structure(lambda leaf: None if leaf is None else leaf[piece], part)
            for part in arrays
        )
        return (Columns(x) if columns else x, *others)

    return cut(slice(0, at)), cut(slice(at, None))
