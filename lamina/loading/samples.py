"""Samples by number: files, rows of arrays, entries of anything that can be indexed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.choices import one_of
from lamina.core.file_errors import quoted
from lamina.core.tracebacks import warn
from lamina.loading.stages import WORKERS, stacked


class FileSamples:
    """What `read` makes of each file, with its label.

    Args:
        paths: of the files.
        labels: one for each file along the first axis, or `None`.
        read: makes an array of the file at a path; threads and other processes call it.
        collate: makes a batch of such arrays.
        kind: of file, for messages, such as `"an image"`.
        varies: arrays, and batches, differ in all axes but the last.
    """

    quick = False

    def __init__(
        self,
        paths: Sequence[str],
        labels: np.ndarray | None,
        read: Callable[[str], Any],
        collate: Callable[[Sequence[Any]], Any] = stacked,
        kind: str = "a file",
        varies: bool = False,
    ):
        self.paths, self.labels = paths, labels
        self._read, self._collate, self._kind = read, collate, kind
        self.varies = varies

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> Any:
        x = self.content(self.paths[number])
        return x if self.labels is None else (x, self.labels[number])

    def together(self, numbers: Sequence[int]) -> Any:
        """Return the samples with these numbers as one batch."""
        return self.collated([self[number] for number in numbers])

    def collated(self, samples: Sequence[Any]) -> Any:
        """Return these samples as one batch."""
        if self.labels is None:
            return self._collate(samples)
        return self._collate([x for x, _ in samples]), np.stack([y for _, y in samples])

    def content(self, path: str) -> Any:
        """Read one file.

        Raises:
            ValueError: it is damaged; the message names it.
        """
        try:
            return self._read(path)
        except ImportError:
            raise
        except Exception as error:  # whatever a decoder raises, the user needs the file's name
            raise ValueError(
                f"{quoted(path)} cannot be read as {self._kind} ({type(error).__name__}: {quoted(str(error))}). "
                "Remove the file, or leave all such files out with on_error='skip'."
            ) from error

    def whole(self) -> np.ndarray:
        """Read every file, and return which can be read, bool, one for each."""

        def can_be_read(path: str) -> bool:
            try:
                self.content(path)
            except ValueError:
                return False
            return True

        with ThreadPoolExecutor(WORKERS, "lamina loader") as pool:
            return np.fromiter(pool.map(can_be_read, self.paths), bool, len(self.paths))


def without_damaged(samples: FileSamples, on_error: str, who: str) -> tuple[np.ndarray, list[str]]:
    """Return the numbers of the files to keep, and the paths of those left out, of which a warning tells.

    Raises:
        ValueError: `on_error` is unknown, or no file is left.
    """
    one_of(who, "on_error", on_error, ("raise", "skip"))
    if on_error == "raise":
        return np.arange(len(samples)), []
    whole = samples.whole()
    damaged = [samples.paths[number] for number in np.flatnonzero(~whole).tolist()]
    if damaged:
        names = ", ".join(quoted(Path(path).name) for path in damaged[:5])
        more = ", ..." if len(damaged) > 5 else ""
        warn(f"{who} leaves {len(damaged)} damaged files out: {names}{more} (`skipped` has all).")
    if not whole.any():
        raise ValueError(f"{who}: none of the {len(samples)} files can be read.")
    return np.flatnonzero(whole), damaged


class Rows:
    """The rows of arrays in any structure; a part of them if `numbers` are given."""

    quick = True

    def __init__(self, arrays: Any, numbers: Sequence[int] | None = None):
        self.arrays = arrays
        self._numbers = np.arange(len(tree.flatten(arrays)[0])) if numbers is None else numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> Any:
        return tree.map_structure(lambda array: array[self._numbers[number]], self.arrays)

    def together(self, numbers: Sequence[int]) -> Any:
        """Return the rows with these numbers as one batch."""
        rows = np.asarray(self._numbers)[list(numbers)]
        return tree.map_structure(lambda array: array[rows], self.arrays)

    collated = staticmethod(stacked)


class Entries:
    """The entries with these `numbers` of anything that can be indexed."""

    quick = False

    def __init__(self, data: Any, numbers: Sequence[int]):
        self._data, self._numbers = data, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> Any:
        return tree.map_structure(_plain, self._data[self._numbers[number]])

    def together(self, numbers: Sequence[int]) -> Any:
        """Return the entries with these numbers as one batch."""
        return stacked([self[number] for number in numbers])

    collated = staticmethod(stacked)


def _plain(leaf: Any) -> Any:
    return leaf.numpy() if hasattr(leaf, "numpy") else leaf
