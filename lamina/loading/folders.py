"""Files in folders, one for each class: which there are, in which order, and their labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lamina.core.choices import one_of
from lamina.core.file_errors import quoted

_MODES = ("int", "categorical", "binary", None)


class Files(NamedTuple):
    """Files in order, the class number of each, and the classes' names; these two may be `None`."""

    paths: list[str]
    labels: np.ndarray | None
    class_names: list[str] | None

    def take(self, numbers: np.ndarray) -> Files:
        """Return the files with these numbers, in their order."""
        labels = None if self.labels is None else self.labels[numbers]
        return self._replace(paths=[self.paths[number] for number in numbers], labels=labels)

    def encoded(self, label_mode: str | None) -> np.ndarray | None:
        """Return the labels as a model gets them.

        Shapes: `(files,)` int32 for `"int"`; `(files, classes)` float32 for `"categorical"`; `(files, 1)`
        float32 for `"binary"`.
        """
        if self.labels is None or label_mode is None:
            return None
        if label_mode == "categorical":
            return (self.labels[:, None] == np.arange(len(self.class_names or ()))).astype(
                "float32"
            )
        if label_mode == "binary":
            return self.labels.astype("float32")[:, None]
        return self.labels.astype("int32")


def find(
    who: str,
    directory: Any,
    endings: tuple[str, ...],
    labels: Any,
    label_mode: str | None,
    class_names: Sequence[str] | None,
    follow_links: bool,
) -> Files:
    """Find the files below `directory` with one of these endings (in any case).

    Args:
        labels: `"inferred"`: each folder in `directory` is a class; a list: the number of each file's class;
            `None`: there are none.
        label_mode: `"int"`, `"categorical"`, `"binary"` or `None` for no labels.
        class_names: the folders to look in, in the order of the classes' numbers; by default all, sorted.
        follow_links: look also behind links to folders.

    Raises:
        ValueError: an argument does not fit, or there are no files.
        FileNotFoundError: there is no such folder.
    """
    one_of(who, "label_mode", label_mode, _MODES)
    directory = os.fspath(directory)
    if not Path(directory).is_dir():
        raise FileNotFoundError(f"{who}: there is no folder {quoted(directory)}.")
    inferred = isinstance(labels, str) and labels == "inferred"
    if labels is None or (inferred and label_mode is None):
        labels, inferred = None, False
    elif not inferred and (isinstance(labels, str) or not isinstance(labels, (list, tuple))):
        raise ValueError(
            f"{who}: `labels` must be 'inferred', None, or a list with an integer for each file, not {labels!r}."
        )
    if class_names and not inferred:
        raise ValueError(
            f"{who}: `class_names` are the folders' names, so `labels` must be 'inferred'."
        )
    if inferred:
        files = _by_class(who, directory, endings, class_names, follow_links)
    else:
        files = _with_labels(who, directory, endings, labels, follow_links)
    if not files.paths:
        raise ValueError(
            f"{who}: there are no files that end in {', '.join(endings)} below {quoted(directory)}"
            + (", in folders of classes." if inferred else ".")
        )
    _check_classes(who, files, label_mode)
    return files


def _check_classes(who: str, files: Files, label_mode: str | None) -> None:
    classes = len(files.class_names or ())
    if label_mode == "binary" and classes != 2:
        raise ValueError(
            f"{who}: label_mode='binary' is for two classes; there are {classes}: {files.class_names}."
        )
    if label_mode == "categorical" and files.labels is not None and files.labels.max() >= classes:
        raise ValueError(
            f"{who}: label_mode='categorical' takes classes numbered from 0 without a gap."
        )


def _by_class(
    who: str, directory: str, endings: tuple[str, ...], class_names: Any, follow_links: bool
) -> Files:
    folders = sorted(
        entry.name
        for entry in os.scandir(directory)
        if entry.is_dir() and not entry.name.startswith(".")
    )
    names = list(class_names) if class_names else folders
    if missing := set(names) - set(folders):
        raise ValueError(
            f"{who}: {quoted(directory)} has no folders {sorted(missing)}, which `class_names` has. There are "
            f"{folders[:20]}."
        )
    paths, labels = [], []
    for number, name in enumerate(names):
        of_class = _below(str(Path(directory, name)), endings, follow_links)
        paths += of_class
        labels += [number] * len(of_class)
    return Files(paths, np.array(labels, "int64"), names)


def _with_labels(
    who: str, directory: str, endings: tuple[str, ...], labels: Any, follow_links: bool
) -> Files:
    paths = _below(directory, endings, follow_links)
    if labels is None:
        return Files(paths, None, None)
    if len(labels) != len(paths):
        raise ValueError(
            f"{who}: {len(labels)} `labels` are given for {len(paths)} files below {quoted(directory)}."
        )
    numbers = np.asarray(labels)
    if numbers.dtype.kind not in "iu" or (numbers.size and numbers.min() < 0):
        raise ValueError(f"{who}: `labels` must be integers from 0 on, not {labels[:5]!r}...")
    return Files(paths, numbers, [str(number) for number in sorted(set(numbers.tolist()))])


def _below(folder: str, endings: tuple[str, ...], follow_links: bool) -> list[str]:
    """Return the paths of files below `folder`, folder by folder, both in the order of their names."""
    places = sorted(os.walk(folder, followlinks=follow_links), key=lambda place: place[0])
    return [
        str(Path(root, name))
        for root, _, names in places
        for name in sorted(names)
        if name.lower().endswith(endings)
    ]
