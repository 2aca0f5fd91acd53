"""`split_dataset`: two data sets out of one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.choices import one_of
from lamina.core.seeds import next_stream
from lamina.feeds.kinds import family_of
from lamina.loading.dataset import Dataset
from lamina.loading.formats import in_format
from lamina.loading.samples import Entries, Rows
from lamina.loading.stages import Samples, Stage

_FORMATS = {None: "lamina", "lamina": "lamina", "tensorflow": "tf", "torch": "torch"}


def split_dataset(
    dataset: Any,
    left_size: float | int | None = None,
    right_size: float | int | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Any, Any]:
    """Split data in two: the first of the samples, and the last.

    Args:
        dataset: an array, or arrays in a list, tuple or dict, split along their first axis; a data set of
            lamina, PyTorch or `tf.data` (which is read into memory), or anything that can be indexed. What a
            data set gives is a sample, also if it is a batch.
        left_size, right_size: how many samples, or which share of them, a float between 0 and 1; one of the two
            may be left out.
        shuffle: put the samples in another order before they are split.
        seed: the order follows from it, as in Keras.
        preferred_backend: `"tensorflow"` or `"torch"` for data sets of these libraries; by default lamina's.

    Returns:
        Two `data.Dataset`s; put the samples of arrays together by `batch`.

    Raises:
        ValueError: sizes that do not fit the data, or arrays of different lengths.
        TypeError: the data cannot be indexed.

    Example:
        >>> import lamina
        >>> left, right = lamina.utils.split_dataset(np.arange(10), left_size=0.8)
        >>> [x.tolist() for x in left.batch(4)], [int(x) for x in right]
        ([[0, 1, 2, 3], [4, 5, 6, 7]], [8, 9])
    """
    one_of("split_dataset", "preferred_backend", preferred_backend, _FORMATS)
    data, total = _indexable(dataset)
    left, right = _sizes(left_size, right_size, total)
    numbers = list(range(total))
    if shuffle:
        if seed is None:
            seed = int(np.random.SeedSequence(next_stream()).generate_state(1)[0])
        random.Random(seed).shuffle(numbers)  # as in Keras, by Python's own generator
    parts = (numbers[:left], numbers[total - right :])
    name = _FORMATS[preferred_backend]
    return tuple(_part(data, part, name) for part in parts)  # type: ignore[return-value]


def _part(data: Any, numbers: list[int], name: str) -> Any:
    samples: Samples = (
        Rows(data.arrays, numbers) if isinstance(data, Rows) else Entries(data, numbers)
    )
    batched = isinstance(data, Dataset) and data.batched
    names = data.class_names if isinstance(data, Dataset) else None
    made = Dataset(Stage(samples, of_samples=not batched), names)
    return in_format(name, made, samples, None, False, None)


def _indexable(data: Any) -> tuple[Any, int]:
    """Return what has samples by number, and how many."""
    if isinstance(data, (np.ndarray, dict, list, tuple)) or hasattr(data, "__array__"):
        arrays = tree.map_structure(np.asarray, _as_arrays(data))
        lengths = {len(array) if array.ndim else 0 for array in tree.flatten(arrays)}
        if len(lengths) != 1:
            raise ValueError(
                f"split_dataset: the arrays have different lengths, {sorted(lengths)}."
            )
        return Rows(arrays), lengths.pop()
    if family_of(data) == "tf.data":
        elements = list(data.as_numpy_iterator())
        return elements, len(elements)
    if (
        hasattr(data, "__getitem__")
        and hasattr(data, "__len__")
        and not isinstance(data, (str, bytes))
    ):
        return data, len(data)
    raise TypeError(
        f"split_dataset takes arrays, and data sets that can be indexed, not a {type(data).__name__}."
    )


def _as_arrays(data: Any) -> Any:
    if not isinstance(data, (list, tuple)):
        return data
    if not all(isinstance(part, np.ndarray) or hasattr(part, "__array__") for part in data):
        raise ValueError(
            "split_dataset: a list or tuple must hold arrays, each with all samples; make one array of a list "
            "of samples by `np.array`."
        )
    return tuple(data)


def _sizes(left: Any, right: Any, total: int) -> tuple[int, int]:
    if left is None and right is None:
        raise ValueError("split_dataset: give `left_size` or `right_size`, or both.")
    counts = [_size("left_size", left, total), _size("right_size", right, total)]
    for i, count in enumerate(counts):
        if count is None:
            counts[i] = total - (counts[1 - i] or 0)
    first, last = counts[0] or 0, counts[1] or 0
    if not first or not last or first + last > total:
        raise ValueError(
            f"split_dataset: left_size={left!r} and right_size={right!r} make parts of {first} and {last} samples "
            f"out of {total}; none may be empty, and no sample in both."
        )
    return first, last


def _size(name: str, size: Any, total: int) -> int | None:
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, (int, float, np.integer, np.floating)):
        raise TypeError(f"split_dataset: `{name}` must be an int or a float, not {size!r}.")
    share = isinstance(size, (float, np.floating))
    if not 0 < size < (1 if share else total):
        raise ValueError(
            f"split_dataset: `{name}` must be a share between 0 and 1, or a number of samples below {total}, not "
            f"{size!r}."
        )
    return round(size * total) if share else int(size)
