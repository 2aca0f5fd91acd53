"""Files of weights: whatever their format, they are read as folders of tensors, and written as holdings.

A format is a function that reads (`Source` -> context manager of a `Folder`) and one that writes (a file,
holdings). The suffix of a name decides between formats, and the content must agree with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lamina.core.file_errors import FormatError, LimitError, PolicyError
from lamina.core.load_policy import Budget
from lamina.core.replacing import replacing
from lamina.saving.stores import hdf5, hdf5_writer
from lamina.saving.stores.holding import Holding as Holding
from lamina.saving.stores.source import Source, opened
from lamina.saving.stores.tree import Folder as Folder, Tensor as Tensor


@dataclass(frozen=True)
class Format:
    """How files with one ending are read and written."""

    read: Callable[[Source], AbstractContextManager[Folder]]
    write: Callable[[BinaryIO, Iterable[Holding]], None]


FORMATS = {".weights.h5": Format(hdf5.read, hdf5_writer.write)}


def ending(filepath: str | os.PathLike[str], what: str) -> str:
    """Return the ending in `FORMATS` that a path has.

    Raises:
        ValueError: it has none of them.
    """
    path = Path(os.fspath(filepath))
    for suffix in FORMATS:
        if path.name.endswith(suffix):
            return suffix
    whole = path.suffix in (".keras", ".h5")
    other = (
        " For files of whole models there are `model.save` and `lamina.models.load_model`."
        if whole
        else ""
    )
    raise ValueError(
        f"{what}: the name of a weights file must end with {' or '.join(map(repr, FORMATS))}, "
        f"but `filepath` is {str(filepath)!r}.{other}"
    )


@contextmanager
def reading(
    source: str | os.PathLike[str] | BinaryIO,
    budget: Budget | None = None,
    ending: str = ".weights.h5",
) -> Iterator[Folder]:
    """Open a file of weights and give its root.

    Args:
        source: a path, or a binary file that reads and seeks, such as a member of an archive.
        budget: what the load may take; each byte and each tensor is charged before it is read.
        ending: in `FORMATS`; it names the format.

    Raises:
        OSError: the path is not there, or may not be read.
        FormatError: it is not of that format, is damaged, or holds something that is not read.
        LimitError: it takes more than the budget allows.
    """
    with opened(source, budget) as found:
        try:
            with FORMATS[ending].read(found) as root:
                yield root
        except (FormatError, LimitError, PolicyError) as error:
            raise type(error)(f"{found.name} is refused; nothing was loaded. {error}") from error


def write(
    target: str | os.PathLike[str] | BinaryIO,
    holdings: Iterable[Holding],
    overwrite: bool = True,
    ending: str = ".weights.h5",
) -> None:
    """Write a file of weights.

    Args:
        target: a path, which is replaced when the new file is whole; or an empty binary file that reads,
            writes and seeks.
        holdings: what it is to hold; values are fetched one after the other.
        overwrite: whether a path that is there may be replaced.
        ending: in `FORMATS`; it names the format.

    Raises:
        FileExistsError: the path is there, and `overwrite` is false.
        OSError: it cannot be written; a path that was there is as before.
    """
    if not isinstance(target, (str, os.PathLike)):
        FORMATS[ending].write(target, holdings)
        return
    path = Path(target)
    with replacing(path, overwrite) as part:
        try:
            with part.open("r+b") as file:
                FORMATS[ending].write(file, holdings)
        except OSError as error:
            raise OSError(f"{str(path)!r} cannot be written: {error}") from error
