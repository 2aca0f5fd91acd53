"""`timeseries_dataset_from_array`: windows of a series, as batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.choices import one_of
from lamina.loading.dataset import Dataset
from lamina.loading.formats import FORMATS, in_format
from lamina.loading.stages import Batched, Shuffled, Stage, stacked

_WHO = "timeseries_dataset_from_array"


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "lamina",
) -> Any:
    """Return a data set of windows of a series, each with the target of its beginning.

    Shapes: windows `(batch, sequence_length, ...)`, in the dtype of `data`; targets `(batch, ...)`.

    Args:
        data: the series, `(time, ...)`; a memory-mapped array is read window by window.
        targets: `targets[i]` belongs to the window that begins at `data[i]`; `None` for windows alone.
        sequence_length: entries in a window.
        sequence_stride: from the beginning of a window to that of the next.
        sampling_rate: from an entry of a window to the next.
        batch_size: windows in a batch; `None` for single windows.
        shuffle: in another order in each pass.
        seed: the orders follow from it.
        start_index, end_index: only what lies from `start_index` to before `end_index` is used.
        format: `"lamina"`; or `"tf"`, `"grain"`, `"torch"` for a data set of that library.

    Returns:
        A `data.Dataset`.

    Raises:
        ValueError: an argument does not fit, or the series has not one window.

    Example:
        >>> import lamina
        >>> day = np.arange(10.0)
        >>> data = lamina.utils.timeseries_dataset_from_array(day[:-3], day[3:], sequence_length=3)
        >>> x, y = next(iter(data))
        >>> x[0].tolist(), float(y[0])
        ([0.0, 1.0, 2.0], 3.0)
    """
    one_of(_WHO, "format", format, FORMATS)
    for name, value in (
        ("sequence_length", sequence_length),
        ("sequence_stride", sequence_stride),
        ("sampling_rate", sampling_rate),
        ("batch_size", 1 if batch_size is None else batch_size),
    ):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{_WHO}: `{name}` must be a positive integer, not {value!r}.")
    series = np.asanyarray(data)
    start, end = _range(len(series), start_index, end_index)
    count = end - start - (sequence_length - 1) * sampling_rate
    goals = None if targets is None else np.asanyarray(targets)
    if goals is not None:
        count = min(count, len(goals) - start)
    starts = start + np.arange(0, max(count, 0), sequence_stride)
    if not len(starts):
        raise ValueError(
            f"{_WHO}: {end - start} entries{'' if goals is None else f' and {len(goals)} targets'} make no window "
            f"of {sequence_length} entries, one of {sampling_rate}."
        )
    offsets = np.arange(sequence_length) * sampling_rate
    samples = Windows(series, goals, starts, offsets)
    stage = Stage(samples)
    if shuffle:
        stage = Shuffled(stage, seed)
    if batch_size is not None:
        stage = Batched(stage, batch_size)
    return in_format(format, Dataset(stage), samples, batch_size, shuffle, seed)


def _range(length: int, start: int | None, end: int | None) -> tuple[int, int]:
    first, last = 0 if start is None else start, length if end is None else end
    if not 0 <= first < last <= length:
        raise ValueError(
            f"{_WHO}: `start_index` and `end_index` must lie in order within the {length} entries of `data`, "
            f"not {start!r} and {end!r}."
        )
    return first, last


class Windows:
    """Windows of a series by number: entries at `starts[number] + offsets`, and a target at the start."""

    quick = True

    def __init__(
        self,
        series: np.ndarray,
        targets: np.ndarray | None,
        starts: np.ndarray,
        offsets: np.ndarray,
    ):
        self._series, self._targets = series, targets
        self._starts, self._offsets = starts, offsets

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, number: int) -> Any:
        return self._at(self._starts[number])

    def together(self, numbers: Sequence[int]) -> Any:
        """Return the windows with these numbers as one batch."""
        return self._at(self._starts[list(numbers)])

    def _at(self, starts: Any) -> Any:
        x = self._series[starts[..., None] + self._offsets]
        return x if self._targets is None else (x, self._targets[starts])

    collated = staticmethod(stacked)
