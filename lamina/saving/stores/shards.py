"""Weights in several files: an index (JSON), and the shards that it lists, next to it.

Keras calls the index of `x` `x.weights.json`, and its shards `x_00000.weights.h5`, ...; Hugging Face
`x.safetensors.index.json`, and `x-00001-of-00003.safetensors`, .... Only files with such names are
opened: what the index says decides how many there are, never where they lie.

A shard is a file as if it were alone. So reading is looking at all of them as one (`union`), also where
the variables of one layer lie in two shards.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from lamina.core.file_errors import FormatError, quoted
from lamina.core.file_source import Source
from lamina.core.plain import read_json
from lamina.saving.stores.holding import Holding
from lamina.saving.stores.tree import Folder
from lamina.saving.stores.union import Union

GiB = 2**30
DEFAULT_SIZE = 5.0  # GiB


@dataclass(frozen=True)
class Naming:
    """How the files of a set are called.

    Attributes:
        index: the ending of the index.
        shard: makes the ending of a shard from its number, from 0, and the number of shards.
        listing: makes the entries of the table `weight_map` for what a shard of some name holds.
    """

    index: str
    shard: Callable[[int, int], str]
    listing: Callable[[Iterable[Holding], str, dict[str, Any]], None]


def _by_group(part: Iterable[Holding], shard: str, weight_map: dict[str, Any]) -> None:
    for holding in part:
        if holding.values:
            weight_map.setdefault(f"/{holding.path}/vars".replace("//", "/"), []).append(shard)


def _by_array(part: Iterable[Holding], shard: str, weight_map: dict[str, Any]) -> None:
    weight_map.update((value.name, shard) for holding in part for value in holding.values.values())


KERAS = Naming(
    ".weights.json",
    lambda number, total: f"_{number:05}.weights.h5",
    _by_group,
)
HUGGING_FACE = Naming(
    ".safetensors.index.json",
    lambda number, total: f"-{number + 1:05}-of-{total:05}.safetensors",
    _by_array,
)

Reader = Callable[[Source, Callable[[], Mapping[str, str]]], AbstractContextManager[Folder]]
Writer = Callable[[BinaryIO, Iterable[Holding], Mapping[str, str]], None]
Create = Callable[[str], AbstractContextManager[BinaryIO]]


@contextmanager
def read(
    source: Source, names: Callable[[], Mapping[str, str]], naming: Naming, reader: Reader
) -> Iterator[Folder]:
    """Open all shards of an index and give them as one folder.

    Raises:
        FormatError: the index lists something else than the shards of its set, or they do not belong
            together.
        LimitError: there are too many.
    """
    source.budget.check("metadata_bytes", source.size)
    text = source.read_at(0, source.size)
    if text[:1] != b"{":
        raise FormatError("it is not an index of files: it does not begin as one.")
    index = read_json(text, source.budget)
    stem = PurePath(source.name).name.removesuffix(naming.index)
    with ExitStack() as stack:
        endings = _shards(index, stem, naming, source)
        folders, runs = [], [_run_of(index)]
        for ending in endings:
            shard = stack.enter_context(source.beside(stem + ending))
            try:
                folder = stack.enter_context(reader(shard, names))
            except FormatError as error:
                raise FormatError(f"In the file {stem + ending}: {error}") from error
            folders.append(folder)
            runs.append(folder.texts.get("set"))
        if any(run != runs[0] for run in runs):
            raise FormatError(
                "Its files were written by different runs: saving them was broken off, or files were mixed up."
            )
        yield Union("", folders)


def _shards(index: Any, stem: str, naming: Naming, source: Source) -> list[str]:
    """Return the endings of the shards that an index lists, which are those that lamina would make."""
    match index:
        case {"weight_map": dict(weight_map)}:
            pass
        case _:
            raise FormatError("it is not an index of files: it has no table `weight_map`.")
    listed: set[Any] = set()
    for files in weight_map.values():
        for name in files if isinstance(files, list) else [files]:
            if not isinstance(name, str):
                raise FormatError(f"`weight_map` names {quoted(name)}, which is not a file.")
            listed.add(name)
    source.budget.charge("members", len(listed))
    names = [naming.shard(number, len(listed)) for number in range(len(listed))]
    if odd := sorted(listed - {stem + name for name in names}):
        raise FormatError(
            f"`weight_map` names the file {quoted(odd[0])}. The {len(listed)} files of this index must be called "
            f"{quoted(stem + names[0])} and so on, and lie next to it."
        )
    return names


def _run_of(index: Any) -> Any:
    metadata = index.get("metadata")
    return metadata.get("set") if isinstance(metadata, dict) else None


def write(
    create: Create,
    stem: str,
    holdings: Iterable[Holding],
    texts: Mapping[str, str],
    max_shard_size: float,
    naming: Naming,
    writer: Writer,
) -> None:
    """Write all shards, and the index last.

    Args:
        create: gives a new file of a name to write into.
        stem: what the names begin with.
        max_shard_size: of the arrays in one file, in GiB.

    Raises:
        ValueError: one array is larger than that.
    """
    parts = split(holdings, int(max_shard_size * GiB))
    weight_map: dict[str, Any] = {}
    total, run = 0, secrets.token_hex(8)
    for number, part in enumerate(parts):
        name = stem + naming.shard(number, len(parts))
        with create(name) as file:
            writer(file, part, {**({} if number else texts), "set": run})
        total += sum(value.nbytes for holding in part for value in holding.values.values())
        naming.listing(part, name, weight_map)
    index = {"metadata": {"total_size": total, "set": run}, "weight_map": weight_map}
    with create(stem + naming.index) as file:
        file.write(json.dumps(index, indent=4).encode())


def split(holdings: Iterable[Holding], most: int) -> list[list[Holding]]:
    """Divide holdings into parts of at most `most` bytes; one is divided if it does not fit.

    Raises:
        ValueError: one array is larger.
    """
    parts: list[list[Holding]] = [[]]
    size = 0
    for holding in holdings:
        values: dict[str, Any] = {}
        parts[-1].append(Holding(holding.path, holding.name, values))
        for key, value in holding.values.items():
            if value.nbytes > most:
                raise ValueError(
                    f"{holding.path}/vars/{key} has {value.nbytes} bytes, more than `max_shard_size` allows in one "
                    f"file: {most}. Give a larger one (it is in GiB)."
                )
            if size + value.nbytes > most:
                values, size = {}, 0
                parts.append([Holding(holding.path, None, values)])
            values[key] = value
            size += value.nbytes
    return parts
