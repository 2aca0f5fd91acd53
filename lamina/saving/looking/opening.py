"""Opening files of every kind, to look into them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.load_policy import Budget, LoadPolicy
from lamina.core.plain import read_json
from lamina.core.regular_file import bytes_on_disk, open_regular
from lamina.saving import hub, stores
from lamina.saving.archive import ArchiveReader, in_model
from lamina.saving.looking.contents import Contents

_DIGESTS = (
    "sha256",
    "checksum",
    "digest",
)  # parts of the names of entries that are not about the writer


@contextmanager
def opened(
    filepath: str | os.PathLike[str], policy: LoadPolicy | None = None
) -> Iterator[Contents]:
    """Open a file and gather what it holds; its tensors may be read as long as it is open.

    Raises:
        LoadError: there is nothing that could be told.
        FileNotFoundError: there is no such file.
    """
    path = Path(os.fspath(hub.local_path(filepath, (*hub.WHOLE, *hub.WEIGHTS))))
    policy = policy or LoadPolicy()
    ending = _ending(path)
    with open_regular(path, "look into") as file:
        size = bytes_on_disk(file)
        contents = Contents(path, ending, path.stat().st_size)
        try:
            with READERS[ending](file, contents, Budget(policy.limits, size), policy):
                yield contents
        except LoadError as error:
            if str(error).startswith(str(path)):
                raise
            raise type(error)(f"{path} is refused: {error}") from error


def _ending(path: Path) -> str:
    for ending in READERS:
        if path.name.endswith(ending):
            return ending
    raise ValueError(
        f"{str(path)!r} is not a file that lamina looks into: its name must end with one of {sorted(READERS)}."
    )


@contextmanager
def _keras(
    file: BinaryIO, contents: Contents, budget: Budget, policy: LoadPolicy
) -> Iterator[None]:
    archive = ArchiveReader(file, budget, in_model, policy.ignore_members)
    if "metadata.json" in archive:
        contents.written_by = _writer(read_json(archive.read("metadata.json")))
    config = read_json(archive.read("config.json", "config_bytes"))
    if not isinstance(config, dict):
        raise FormatError(f"a model's configuration names its class; this is {quoted(config)}.")
    contents.config = config
    contents.assets = {
        name: member.size for name, member in archive.members.items() if name.startswith("assets/")
    }
    contents.checksums = f"CRC-32 of each of {len(archive.members)} members"
    with archive.open("model.weights.h5") as weights, stores.reading(weights, budget) as root:
        contents.add_tensors(root)
        yield


def _of_weights(ending: str) -> Callable[..., AbstractContextManager[None]]:
    @contextmanager
    def read(file: BinaryIO, contents: Contents, budget: Budget, _: LoadPolicy) -> Iterator[None]:
        with stores.reading(file, budget, ending) as root:
            contents.add_tensors(root)
            yield

    return read


def _writer(metadata: Any) -> dict[str, str]:
    """Return what a file says of its writer: whatever is a short text or a number."""
    if not isinstance(metadata, Mapping):
        return {}
    return {
        key: str(value)
        for key, value in metadata.items()
        if isinstance(value, (str, int, float)) and not any(part in key for part in _DIGESTS)
    }


READERS: dict[str, Callable[..., AbstractContextManager[None]]] = {
    ".keras": _keras,
    **{ending: _of_weights(ending) for ending in stores.FORMATS},
}
"""What opens a file, by its ending."""
