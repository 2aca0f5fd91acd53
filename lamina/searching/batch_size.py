"""Batch sizes, each tried with some steps: the largest that fits, and the fastest."""

import gc
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import optional, tree
from lamina.core.tabular import Tabular
from lamina.engine.current import engine
from lamina.feeds.progress import Progress
from lamina.searching.host_memory import HostMemory

_STEPS = 3  # that are timed, after one that compiles; the shortest counts
_PARTS = 16  # into so many the gap between the last size that fits and its double is cut


class BatchSizes(Tabular):
    """What `find_batch_size` returns; printed, a table.

    Attributes:
        seconds: size -> seconds of a step, of all sizes that fit, ascending.
        too_large: the smallest size that was found not to fit; `None` if all did.
        largest: the largest size that fits.
        fastest: the size with the shortest time per sample.
    """

    def __init__(self, seconds: dict[int, float], too_large: int | None):
        self.seconds, self.too_large = dict(sorted(seconds.items())), too_large
        self.largest = max(self.seconds)
        self.fastest = min(self.seconds, key=lambda size: self.seconds[size] / size)

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return a row for each size."""
        rows = []
        for size, seconds in self.seconds.items():
            notes = ["largest that fits"] * (size == self.largest)
            notes += ["fastest per sample"] * (size == self.fastest)
            times = f"{1e3 * seconds:.3g}", f"{1e6 * seconds / size:.3g}"
            rows.append([str(size), *times, ", ".join(notes)])
        if self.too_large is not None:
            rows.append([str(self.too_large), "", "", "does not fit"])
        return "", ["batch size", "ms a step", "us a sample", ""], rows

    def plot(self) -> Any:
        """Draw the time per sample over the batch sizes.

        Returns:
            A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

        Raises:
            ImportError: matplotlib is not installed; it comes with the extra `plot`.
        """
        optional.load("matplotlib", "plot", "A plot of batch sizes")
        from lamina.core.picture import Picture

        figure = Picture(5, 3.5)
        ax = figure.subplots()
        per_sample = [1e6 * seconds / size for size, seconds in self.seconds.items()]
        ax.loglog([*self.seconds], per_sample, marker="o", base=2)
        if self.too_large is not None:
            ax.axvline(self.too_large, linestyle="--", color="grey", label="does not fit")
            ax.legend()
        ax.set_xlabel("batch size")
        ax.set_ylabel("us a sample")
        return figure


def try_sizes(seconds_of: Callable[[int], float | None], most: int) -> BatchSizes:
    """Double the size as long as it fits, then close in on the limit, to a sixteenth.

    Args:
        seconds_of: of a step with a batch of that size; `None` if it does not fit.
        most: the largest size to try.

    Raises:
        MemoryError: not even one sample fits.
    """
    seconds: dict[int, float] = {}
    size, too_large = 1, None
    while size not in seconds:
        spent = seconds_of(size)
        if spent is None:
            too_large = size
            break
        seconds[size] = spent
        size = min(2 * size, most)
    if not seconds:
        raise MemoryError("find_batch_size: not even a batch of one sample fits into memory.")
    if too_large is None:
        return BatchSizes(seconds, None)
    fits = max(seconds)
    grain = max(1, fits // _PARTS)
    while too_large - fits > grain:
        middle = fits + max(grain, (too_large - fits) // 2 // grain * grain)
        spent = seconds_of(middle)
        if spent is None:
            too_large = middle
        else:
            seconds[middle], fits = spent, middle
    return BatchSizes(seconds, too_large)


class Trial:
    """Takes some steps with batches of a size, made of rows of `data`.

    Args:
        model: compiled and built.
        data: `(x, y, sample_weight)`, trees of NumPy arrays.
        samples: how many rows they have.
        progress: shows which sizes have been tried.
    """

    def __init__(self, model: Any, data: tuple[Any, Any, Any], samples: int, progress: Progress):
        self.model, self.data, self.samples = model, data, samples
        self.memory = HostMemory()
        self.tried, self.progress = 0, progress
        progress.epoch_begin(0)

    def __call__(self, size: int) -> float | None:
        """Return the seconds of a step; `None` if it needs more memory than there is."""
        seconds = self._seconds(size)
        self.tried += 1
        self.progress.update(self.tried, {"batch_size": size})
        return seconds

    def _seconds(self, size: int) -> float | None:
        if not self.memory.has_room_for(size):
            return None
        try:
            seconds = self._shortest_step(size)
            self.memory.note(size)
            return seconds
        except Exception as error:
            if not engine().is_out_of_memory(error):
                error.add_note(f"find_batch_size: with a batch of {size}")
                raise
        gc.collect()  # the failed step's arrays hung on its traceback
        return None

    def _shortest_step(self, size: int) -> float:
        rows = np.arange(size) % self.samples
        batch = tree.map_structure(lambda leaf: None if leaf is None else leaf[rows], self.data)
        self.model.train_on_batch(*batch)  # compiles
        times = []
        for _ in range(_STEPS):
            began = time.perf_counter()
            self.model.train_on_batch(*batch)
            times.append(time.perf_counter() - began)
        return min(times)
