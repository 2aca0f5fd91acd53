"""One pass over data of any kind, in batches on the host: what `adapt` of layers learns from."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from itertools import islice
from typing import Any

import numpy as np

from lamina.core import screen, tree
from lamina.core.seeds import Cursor
from lamina.engine.current import to_host
from lamina.feeds.arrays import check_count, common_length
from lamina.feeds.frames import Columns, column_of, is_frame, read, together
from lamina.feeds.kinds import family_of
from lamina.feeds.progress import Progress
from lamina.feeds.sources import is_batches, source_of
from lamina.feeds.sources.source import Source, end
from lamina.feeds.unpack import unpack_x_y_sample_weight

BYTES = 2**23
"""Of values in a batch that is cut here: they fit a processor's cache."""
_BYTES_OF_A_STRING = 512  # of an object, counting what work on it takes
_ROWS_READ_AT_ONCE = 1024
_SINGLES = 32  # single values that make a batch, as in Keras


def one_pass(
    data: Any,
    batch_size: int | None = None,
    steps: int | None = None,
    verbose: int | str = "auto",
    bytes_at_once: int = BYTES,
    what: str = "data",
) -> Generator[Any, None, None]:
    """Give `data` once, in batches: trees of NumPy arrays of numbers or, as objects, of strings.

    Args:
        data: one array, list, column, frame, or a dict of them, with one sample per entry of axis 0; or
            whatever `fit` takes that gives batches, or single values, which become batches of 32. Targets and
            weights are left out.
        batch_size: samples in a batch, where it is cut here.
        steps: the most batches to take.
        verbose: 0 silent, 1 a bar or a line, "auto" a bar where a screen can show one.
        bytes_at_once: about how much of data in memory is a batch, where no `batch_size` is given.
        what: names the data in messages.

    Raises:
        ValueError: there are no batches, or no end of them and no `steps`.

    Example:
        >>> [batch.tolist() for batch in one_pass([1, 2, 3], batch_size=2)]
        [[1, 2], [3]]
    """
    if steps is not None:
        check_count("steps", steps)
    if family_of(data) == "tf.data" and _gives_singles(data.element_spec):
        data = data.batch(_SINGLES)
    if is_batches(data):
        source = source_of(data, False, batch_size)
        if source.cut_here and batch_size is None:
            source.batch_size = _ROWS_READ_AT_ONCE
        batches, total = _from_source(source, steps, what), source.batches
    else:
        batches, total = _from_memory(data, batch_size, steps, bytes_at_once, what)
    total = steps if total is None else min(total, steps or total)
    if verbose == "auto":
        verbose = int(screen.can_redraw() and not screen.is_taken())
    number = 0
    with Progress(verbose, total=total, unit="batch") as progress:
        progress.epoch_begin(0)
        for number, batch in enumerate(islice(batches, steps), 1):
            yield batch
            progress.update(number, {})
        progress.total = number
        progress.epoch_end({})
    batches.close()
    if number == 0:
        raise ValueError(
            f"`{what}`, a {type(data).__name__}, gives no batches. If it is a generator, make a new one: "
            "it can be used only once."
        )


def _from_source(source: Source, steps: int | None, what: str) -> Generator[Any, None, None]:
    if source.endless and steps is None:
        raise ValueError(
            f"`{what}` has no end (it repeats), so say how many batches to take: `steps`."
        )
    source.tell("on_epoch_begin")
    running = source.start(Cursor(0, 0))
    try:
        yield from _in_batches(_inputs(batch) for batch in running)
        source.tell("on_epoch_end")
    finally:
        if not source.once:
            end(running)


def _gives_singles(spec: Any) -> bool:
    """Tell whether a data set of TensorFlow gives single values; its own `batch` is faster than ours."""
    spec = spec[0] if isinstance(spec, tuple) and spec else spec
    parts = list(spec.values()) if isinstance(spec, dict) else [spec]
    return all(getattr(getattr(part, "shape", None), "rank", None) == 0 for part in parts)


def _inputs(batch: Any) -> Any:
    return host_tree(batch if _is_list_of_strings(batch) else unpack_x_y_sample_weight(batch)[0])


def _in_batches(parts: Iterable[Any]) -> Generator[Any, None, None]:
    """Give batches as they are, and single values, which have no axis, together."""
    singles: list[Any] = []
    for x in parts:
        if all(leaf.ndim for leaf in _leaves(x)):
            yield x
            continue
        singles.append(x)
        if len(singles) == _SINGLES:
            yield _together(singles)
            singles = []
    if singles:
        yield _together(singles)


def _together(samples: list[Any]) -> Any:
    if isinstance(samples[0], dict):
        return {name: _together([sample[name] for sample in samples]) for name in samples[0]}
    return np.stack(samples)


def _from_memory(
    data: Any, batch_size: int | None, steps: int | None, bytes_at_once: int, what: str
) -> tuple[Generator[Any, None, None], int]:
    data = host_tree(data)
    if any(leaf.ndim == 0 for leaf in _leaves(data)):
        raise ValueError(
            f"`{what}` is a single value; an array with one sample per entry of axis 0 is expected."
        )
    samples = common_length({what: _leaves(data)})
    if batch_size is None and steps is not None:
        batch_size = 32
    if batch_size is None:
        size = _moderate_size(data, samples, bytes_at_once)
    else:
        size = check_count("batch_size", batch_size)

    def cut() -> Generator[Any, None, None]:
        for first in range(0, samples, size):
            yield _rows(data, slice(first, first + size))

    return cut(), -(-samples // size)


def _leaves(data: Any) -> list[np.ndarray]:
    return tree.flatten(dict(data) if isinstance(data, Columns) else data)


def _rows(data: Any, rows: slice) -> Any:
    if isinstance(data, dict):
        return type(data)({name: _rows(value, rows) for name, value in data.items()})
    return data[rows]


def _moderate_size(data: Any, samples: int, bytes_at_once: int) -> int:
    """Return how many samples make a batch of a moderate size."""
    sizes = [
        leaf.size * (_BYTES_OF_A_STRING if leaf.dtype == object else leaf.itemsize)
        for leaf in _leaves(data)
    ]
    return max(1, bytes_at_once * samples // max(sum(sizes), 1))


def host_tree(data: Any) -> Any:
    """Return a dict, or a frame, as a dict of NumPy arrays, anything else as one array; see `host_values`."""
    if is_frame(data):
        return Columns({name: host_values(array) for name, array in read(data).items()})
    if isinstance(data, dict):
        return {name: host_tree(value) for name, value in data.items()}
    return host_values(data)


def host_values(data: Any) -> np.ndarray:
    """Return the values of an array of any engine, a list, a column or a frame as a NumPy array.

    Strings are an array of objects, `str` or `bytes` as they are given: NumPy's own kind has the length of
    the longest for each.

    Example:
        >>> host_values(["a", "of any length"]).dtype, host_values([1.5, 2]).dtype
        (dtype('O'), dtype('float64'))
    """
    if is_frame(data):
        return as_one(Columns(read(data)), "data")
    family = family_of(data)
    if family == "column":
        return column_of(data)
    if family == "lazy column":
        data = data[:]
    if isinstance(data, (list, tuple)):
        if any(owned is not leaf for leaf in data[:1] if (owned := to_host(leaf)) is not None):
            data = [to_host(leaf) for leaf in data]
        return np.asarray(data, dtype=object if _is_strings(data) else None)
    if isinstance(data, (str, bytes)):
        return np.asarray(data, dtype=object)
    array = np.asarray(to_host(data))
    return array.astype(object) if array.dtype.kind in "UST" else array


def as_one(batch: Any, what: str) -> np.ndarray:
    """Return a batch as one array: the columns of a frame side by side.

    Raises:
        ValueError: it is a dict of several arrays.
    """
    if isinstance(batch, Columns):
        if any(array.dtype == object for array in batch.values()):
            batch = Columns({k: array.astype(object) for k, array in batch.items()})
        return together(batch, what)
    if isinstance(batch, dict):
        raise ValueError(
            f"`{what}` gives a dict with the entries {list(batch)}; one array is expected. Pick one, e.g. "
            "data['...'] or dataset.map(lambda sample: sample['...'])."
        )
    return batch


def _is_list_of_strings(batch: Any) -> bool:
    """Tell whether a batch is strings as PyTorch's loader collates them, and no targets beside data."""
    return isinstance(batch, (list, tuple)) and all(isinstance(x, (str, bytes)) for x in batch)


def _is_strings(data: Any) -> bool:
    """Tell whether a list, or a list of lists, holds strings, by its first entry."""
    while isinstance(data, (list, tuple)) and len(data):
        data = data[0]
    return isinstance(data, (str, bytes))
