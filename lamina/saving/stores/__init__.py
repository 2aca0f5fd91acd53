"""Files of weights: whatever their format, they are read as folders of tensors, and written as holdings.

A format is a function that reads a `Source` and gives a `Folder`, and one that writes holdings into a file.
The suffix of a name decides between formats, and the content must agree with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from lamina.core.file_errors import FormatError, LimitError, PolicyError
from lamina.core.file_source import Source, opened
from lamina.core.folder_lock import folder_locked
from lamina.core.load_policy import Budget
from lamina.core.replacing import replacing, replacing_together
from lamina.saving.stores import hdf5, hdf5_writer, npz, safetensors, shards
from lamina.saving.stores.holding import Holding as Holding, counted
from lamina.saving.stores.tree import Folder as Folder, Tensor as Tensor

Target = str | os.PathLike[str] | BinaryIO
_Names = Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Format:
    """How files with one ending are read and written; `write` is that of a shard where `naming` is set."""

    read: Callable[[Source, _Names], AbstractContextManager[Folder]]
    write: Callable[[BinaryIO, Iterable[Holding], Mapping[str, str]], None]
    naming: shards.Naming | None = None


def _sharded(naming: shards.Naming, reader: Any, writer: Any) -> Format:
    return Format(partial(shards.read, naming=naming, reader=reader), writer, naming)


FORMATS = {
    ".weights.h5": Format(hdf5.read, hdf5_writer.write),
    ".weights.json": _sharded(shards.KERAS, hdf5.read, hdf5_writer.write),
    ".safetensors": Format(safetensors.read, safetensors.write),
    ".safetensors.index.json": _sharded(shards.HUGGING_FACE, safetensors.read, safetensors.write),
    ".npz": Format(npz.read, npz.write),
}


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
        f"{what}: the name of a weights file must end with {', '.join(map(repr, list(FORMATS)[:-1]))} or "
        f"{list(FORMATS)[-1]!r}, but `filepath` is {str(filepath)!r}.{other}"
    )


@contextmanager
def reading(
    source: str | os.PathLike[str] | BinaryIO,
    budget: Budget | None = None,
    ending: str = ".weights.h5",
    names: _Names = dict,
    beside: Callable[[str], BinaryIO] | None = None,
) -> Iterator[Folder]:
    """Open a file of weights and give its root.

    Args:
        source: a path, or a binary file that reads and seeks, such as a member of an archive.
        budget: what the load may take; each byte and each tensor is charged before it is read.
        ending: in `FORMATS`; it names the format.
        names: makes the places (`"layers/dense/vars/0"`) of arrays by their names, for formats that have
            names and files that do not say places.
        beside: opens further files by their names, for a file object that is an index of shards.

    Raises:
        OSError: the path is not there, or may not be read.
        FormatError: it is not of that format, is damaged, or holds something that is not read.
        LimitError: it takes more than the budget allows.
    """
    with ExitStack() as stack:
        with _undivided(source, ending):
            found = stack.enter_context(opened(source, budget, beside))
            stack.enter_context(_refusing(found.name))
            root = stack.enter_context(FORMATS[ending].read(found, names))
        yield root


def _undivided(source: Target, ending: str) -> AbstractContextManager[None]:
    """Return a context in which the files of a set are not replaced; once open, they stay what they are."""
    if FORMATS[ending].naming is None or not isinstance(source, (str, os.PathLike)):
        return nullcontext()
    return folder_locked(Path(source).parent, shared=True)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    try:
        yield
    except (FormatError, LimitError, PolicyError) as error:
        raise type(error)(f"{name} is refused; nothing was loaded. {error}") from error


def write(
    target: Target,
    holdings: Iterable[Holding],
    overwrite: bool = True,
    ending: str = ".weights.h5",
    texts: Mapping[str, str] | None = None,
    max_shard_size: float | None = None,
) -> None:
    """Write a file of weights, or an index and its shards.

    Args:
        target: a path, which is replaced when the new file is whole; or an empty binary file that reads,
            writes and seeks.
        holdings: what it is to hold; values are fetched one after the other.
        overwrite: whether a path that is there may be replaced.
        ending: in `FORMATS`; it names the format.
        texts: for `.safetensors`: further texts for its header.
        max_shard_size: for an index: the most bytes of arrays in one file, in GiB; by default 5.

    Raises:
        FileExistsError: the path is there, and `overwrite` is false.
        OSError: it cannot be written; a path that was there is as before.
    """
    with counted(list(holdings)) as holdings:
        _write(target, holdings, overwrite, ending, texts or {}, max_shard_size)


def _write(
    target: Target,
    holdings: list[Holding],
    overwrite: bool,
    ending: str,
    texts: Mapping[str, str],
    max_shard_size: float | None,
) -> None:
    form = FORMATS[ending]
    if not isinstance(target, (str, os.PathLike)):
        if form.naming is not None:
            raise TypeError("An index and its shards cannot be written into one file object.")
        form.write(target, holdings, texts)
        return
    path = Path(target)
    if form.naming is None:
        with replacing(path, overwrite) as part, part.open("r+b") as file:
            form.write(file, holdings, texts)
        return
    with replacing_together(path.parent, overwrite) as create:
        write_shards(create, path.name, holdings, ending, texts, max_shard_size)


def write_shards(
    create: shards.Create,
    name: str,
    holdings: Iterable[Holding],
    ending: str,
    texts: Mapping[str, str] | None = None,
    max_shard_size: float | None = None,
) -> None:
    """Write the shards and the index `name` into files that `create` makes, such as members of an archive."""
    form = FORMATS[ending]
    assert form.naming is not None
    size = shards.DEFAULT_SIZE if max_shard_size is None else max_shard_size
    stem = name.removesuffix(ending)
    shards.write(create, stem, holdings, texts or {}, size, form.naming, form.write)
