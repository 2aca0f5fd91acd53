"""What functions that read a folder have in common: which files, in which order, in which form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from lamina.core.choices import one_of
from lamina.loading.dataset import Dataset
from lamina.loading.folders import Files, find
from lamina.loading.formats import FORMATS, in_format
from lamina.loading.samples import FileSamples, without_damaged
from lamina.loading.stages import Batched, Shuffled, Stage, stacked


class Reading(NamedTuple):
    """How a kind of file is read.

    Attributes:
        who: the function, for messages.
        kind: of file, such as `"an image"`.
        endings: of the files' names.
        read: makes an array of the file at a path.
        collate: makes a batch of such arrays.
        varies: arrays, and batches, differ in all axes but the last.
    """

    who: str
    kind: str
    endings: tuple[str, ...]
    read: Callable[[str], Any]
    collate: Callable[[Sequence[Any]], Any] = stacked
    varies: bool = False


class Choices(NamedTuple):
    """The arguments that all such functions have; `Reading` has the others."""

    labels: Any
    label_mode: str | None
    class_names: Sequence[str] | None
    batch_size: int | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    format: str
    verbose: bool
    on_error: str


def from_directory(directory: Any, reading: Reading, choices: Choices) -> Any:
    """Find files and return a data set of them, or a list of two for `subset="both"`.

    Raises:
        ValueError: an argument does not fit, or there are no files.
        FileNotFoundError: there is no such folder.
    """
    _check(reading.who, choices)
    files = find(
        reading.who,
        directory,
        reading.endings,
        choices.labels,
        choices.label_mode,
        choices.class_names,
        choices.follow_links,
    )
    if choices.verbose:
        classes = f" belonging to {len(files.class_names)} classes" if files.class_names else ""
        print(f"Found {len(files.paths)} files{classes}.")
    all_files = FileSamples(files.paths, None, reading.read, kind=reading.kind)
    kept, skipped = without_damaged(all_files, choices.on_error, reading.who)
    files = files.take(kept)
    if choices.shuffle and choices.seed is not None:
        # NumPy's old generator: the same seed gives the same order, and so the same splits, as in Keras.
        numbers = np.arange(len(files.paths))
        np.random.RandomState(choices.seed).shuffle(numbers)
        files = files.take(numbers)
    made = [
        _dataset(part, reading, choices, shuffle, skipped)
        for part, shuffle in _parts(reading.who, files, choices)
    ]
    return made if choices.subset == "both" else made[0]


def _check(who: str, choices: Choices) -> None:
    one_of(who, "format", choices.format, FORMATS)
    one_of(who, "subset", choices.subset, ("training", "validation", "both", None))
    split = choices.validation_split
    if (split is None) != (choices.subset is None):
        raise ValueError(f"{who}: give `validation_split` and `subset` together, or neither.")
    if split is not None and not 0 < split < 1:
        raise ValueError(f"{who}: `validation_split` must lie between 0 and 1, not {split!r}.")
    if split is not None and choices.shuffle and choices.seed is None:
        raise ValueError(
            f"{who}: files that are shuffled and split need a `seed`: the same one for both parts, so that no "
            "file is in both."
        )
    size = choices.batch_size
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
        raise ValueError(f"{who}: `batch_size` must be a positive integer or None, not {size!r}.")


def _parts(who: str, files: Files, choices: Choices) -> list[tuple[Files, bool]]:
    """Return the files to read, for each data set, and whether it is shuffled."""
    if choices.subset is None:
        return [(files, choices.shuffle)]
    assert choices.validation_split is not None
    held_out = int(choices.validation_split * len(files.paths))
    numbers, stop = np.arange(len(files.paths)), len(files.paths) - held_out
    ranges = {"training": numbers[:stop], "validation": numbers[stop:]}
    wanted = ["training", "validation"] if choices.subset == "both" else [choices.subset]
    parts = []
    for name in wanted:
        if not len(ranges[name]):
            raise ValueError(
                f"{who}: with validation_split={choices.validation_split} no file of {len(numbers)} is left for "
                f"{name}."
            )
        if choices.verbose:
            print(f"Using {len(ranges[name])} files for {name}.")
        in_order = choices.subset == "both" and name == "validation"
        parts.append((files.take(ranges[name]), choices.shuffle and not in_order))
    return parts


def _dataset(
    files: Files, reading: Reading, choices: Choices, shuffle: bool, skipped: list[str]
) -> Any:
    labels = files.encoded(choices.label_mode)
    samples = FileSamples(
        files.paths, labels, reading.read, reading.collate, reading.kind, reading.varies
    )
    stage = Stage(samples)
    if shuffle:
        stage = Shuffled(stage, choices.seed)
    if choices.batch_size is not None:
        stage = Batched(stage, choices.batch_size)
    names = files.class_names if labels is not None else None
    dataset = Dataset(stage, names, files.paths, skipped)
    return in_format(choices.format, dataset, samples, choices.batch_size, shuffle, choices.seed)
