"""Arrays in memory: one array, or a list or dict of arrays, with one sample per entry of axis 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.core import dtypes, settings, tree
from lamina.core.seeds import host_generator
from lamina.core.variable import Variable, numpy_dtype
from lamina.engine.current import engine

# Above this the data stay on the host and only the batches of one call move to the device.
RESIDENT_BYTES = 2 * 2**30


class ArrayData:
    """Inputs, targets and sample weights in memory.

    Args:
        x, y, sample_weight: trees of arrays; floats are taken in `floatx`.
        batch_size: samples in a batch; the last one of an epoch may be smaller.
        shuffle: a new order every epoch, from the host's generator; `"batch"` shuffles whole batches.

    Raises:
        ValueError: no samples, arrays of different lengths, or something that is no array of numbers.
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        shuffle: bool | str = False,
    ):
        self.x = as_arrays(x, "x")
        self.y = as_arrays(y, "y")
        self.sample_weight = as_arrays(sample_weight, "sample_weight")
        self.samples = common_length(
            {"x": self.x, "y": self.y, "sample_weight": self.sample_weight}
        )
        self.batch_size = check_count("batch_size", 32 if batch_size is None else batch_size)
        if shuffle not in (True, False, "batch"):
            raise ValueError(f"`shuffle` must be True, False or 'batch', not {shuffle!r}.")
        self.shuffle = shuffle
        self._placed: tuple[str, Any] | None = None

    @property
    def num_batches(self) -> int:
        """Batches in an epoch."""
        return -(-self.samples // self.batch_size)

    @property
    def arrays(self) -> tuple[Any, Any, Any]:
        """`(x, y, sample_weight)` on the host."""
        return self.x, self.y, self.sample_weight

    def order(self) -> np.ndarray:
        """Indices of the samples in the order of the next epoch, int32."""
        indices = np.arange(self.samples, dtype=np.int32)
        if self.shuffle == "batch":
            full = self.samples // self.batch_size * self.batch_size
            blocks = indices[:full].reshape(-1, self.batch_size)
            return np.concatenate([host_generator().permutation(blocks).ravel(), indices[full:]])
        return host_generator().permutation(indices) if self.shuffle else indices

    def on_device(self, indices: np.ndarray) -> tuple[Any, np.ndarray]:
        """Native data, and where the samples `indices` are in them.

        All the data, placed once, if they are not too large; else a copy of these samples only.
        """
        if (
            sum(leaf.nbytes for leaf in tree.flatten(self.arrays) if leaf is not None)
            > RESIDENT_BYTES
        ):
            flat = indices.ravel()
            local = np.arange(flat.size, dtype=np.int32).reshape(indices.shape)
            return self._native(lambda leaf: leaf[flat]), local
        name = engine().name
        if self._placed is None or self._placed[0] != name:
            self._placed = (name, self._native(lambda leaf: leaf))
        return self._placed[1], indices

    def _native(self, take: Any) -> Any:
        return tree.map_structure(
            lambda leaf: None if leaf is None else engine().place(take(leaf)), self.arrays
        )

    def steps(self, limit: int | None) -> int:
        """Batches in a pass of at most `limit`."""
        return min(self.num_batches, limit or self.num_batches)

    def batches(self, limit: int | None = None) -> Iterator[tuple[Any, Any, Any]]:
        """The batches in order, on the host."""
        for step in range(self.steps(limit)):
            yield self.batch(step * self.batch_size, (step + 1) * self.batch_size)

    def batch(self, start: int, stop: int) -> tuple[Any, Any, Any]:
        """The samples from `start` to before `stop`, on the host."""
        return tree.map_structure(
            lambda leaf: None if leaf is None else leaf[start:stop], self.arrays
        )


def as_arrays(data: Any, what: str) -> Any:
    """`data` as a tree of NumPy arrays, floats in `floatx`.

    Raises:
        ValueError: a leaf holds strings or objects, or is ragged or a single number.
    """
    if (
        type(data) is np.ndarray
        and data.dtype == np.float32
        and data.ndim
        and settings.floatx() == "float32"
    ):
        return data  # the short way for what nearly everyone gives
    if isinstance(data, dict):
        return {name: as_arrays(value, f"{what}[{name!r}]") for name, value in data.items()}
    if isinstance(data, (list, tuple)) and _holds_arrays(data):
        return [as_arrays(leaf, f"{what}[{i}]") for i, leaf in enumerate(data)]
    return None if data is None else _as_array(data, what)


def _holds_arrays(data: Any) -> bool:
    return any(
        _is_array(x)
        or isinstance(x, (dict, type(None)))
        or (isinstance(x, (list, tuple)) and _holds_arrays(x))
        for x in data
    )


def _is_array(x: Any) -> bool:
    return isinstance(x, (np.ndarray, Variable)) or (hasattr(x, "__array__") and np.ndim(x) > 0)


def _as_array(data: Any, what: str) -> np.ndarray:
    e = engine()
    if isinstance(data, e.array_types):
        array = e.to_numpy(data)
    else:
        try:
            array = np.asarray(data)
        except ValueError as error:
            raise ValueError(
                f"`{what}` cannot be made one array: its rows have different lengths. "
                "Pad them to one length (utils.pad_sequences)."
            ) from error
    if array.dtype == object or array.dtype.kind in "USMmV":
        if array.dtype.names is None and array.dtype.name == "bfloat16":
            return array
        raise ValueError(
            f"`{what}` holds {_kind(array)} (dtype {array.dtype}), but a model takes numbers. "
            "Turn it into numbers first, e.g. categories into integers with numpy.unique(..., return_inverse=True)."
        )
    if array.ndim == 0:
        raise ValueError(
            f"`{what}` is the single number {array}; an array with one sample per entry of axis 0 is expected."
        )
    floatx = numpy_dtype(settings.floatx())
    return (
        array.astype(floatx)
        if array.dtype.kind == "f" and array.dtype != floatx and dtypes.is_float(array.dtype.name)
        else array
    )


def _kind(array: np.ndarray) -> str:
    if array.dtype.kind in "US" or any(isinstance(x, str) for x in array.ravel()[:10]):
        return "strings"
    return "dates" if array.dtype.kind in "Mm" else "Python objects"


def common_length(trees: dict[str, Any]) -> int:
    """The number of samples, the same in every array.

    Raises:
        ValueError: no samples, or different numbers of them.
    """
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
    """`value`, if it is an integer of at least `least` (1 or 0)."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        kind = "positive" if least else "non-negative"
        raise ValueError(f"`{what}` must be a {kind} integer, not {value!r}.")
    return int(value)


def split(data: tuple[Any, Any, Any], fraction: float) -> tuple[tuple, tuple]:
    """`(x, y, sample_weight)` cut in two: the last `fraction` of the samples is for validation.

    Raises:
        ValueError: the fraction is not between 0 and 1, or a part would be empty.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"`validation_split` must lie between 0 and 1, not {fraction!r}.")
    arrays = [
        as_arrays(part, what) for part, what in zip(data, ("x", "y", "sample_weight"), strict=True)
    ]
    samples = common_length(dict(zip(("x", "y", "sample_weight"), arrays, strict=True)))
    at = int(samples * (1 - fraction))
    if at == 0 or at == samples:
        raise ValueError(
            f"`validation_split={fraction}` of {samples} samples leaves no samples for "
            f"{'training' if at == 0 else 'validation'}."
        )

    def cut(piece: slice) -> tuple:
        return tuple(
            tree.map_structure(lambda leaf: None if leaf is None else leaf[piece], part)
            for part in arrays
        )

    return cut(slice(0, at)), cut(slice(at, None))
