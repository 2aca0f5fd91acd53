"""`text_dataset_from_directory`: text files in folders, as batches."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lamina.loading.from_directory import Choices, Reading, from_directory

_WHO = "text_dataset_from_directory"


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "lamina",
    verbose: bool = True,
    on_error: str = "raise",
) -> Any:
    r"""Return a data set of the texts (`.txt`) in a folder's folders, each of which is a class.

    Which files there are, in which order and in which split, is as in Keras; as there, texts are bytes.

    Shapes: texts `(batch,)`, an array of `bytes`; labels as `label_mode` says.

    Args:
        directory: the folder.
        labels, label_mode, class_names: see `image_dataset_from_directory`.
        batch_size: texts in a batch; `None` for single texts.
        max_length: bytes of a text that are kept, from its beginning; `None` for all.
        shuffle, seed, validation_split, subset, follow_links: see `image_dataset_from_directory`.
        format, verbose, on_error: see `image_dataset_from_directory`.

    Returns:
        A `data.Dataset` with `class_names`, `file_paths` and `skipped`.

    Raises:
        ValueError: an argument does not fit, there are no files, or (later) one cannot be read.
        FileNotFoundError: there is no such folder.

    Example:
        >>> import lamina, pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("good", "bad"):
        ...     (folder / name).mkdir()
        ...     _ = (folder / name / "1.txt").write_text(f"This film is {name}.")
        >>> data = lamina.utils.text_dataset_from_directory(folder, shuffle=False, verbose=False)
        >>> [x.tolist() for x in next(iter(data))]
        [[b'This film is bad.', b'This film is good.'], [0, 1]]
    """
    if max_length is not None and (not isinstance(max_length, int) or max_length < 1):
        raise ValueError(f"{_WHO}: `max_length` must be a positive integer, not {max_length!r}.")
    read = functools.partial(_read, most=max_length)
    return from_directory(
        directory,
        Reading(_WHO, "a text", (".txt",), read),
        Choices(
            labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
            follow_links, format, verbose, on_error,
        ),
    )  # fmt: skip


def _read(path: str, most: int | None) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(-1 if most is None else most)
