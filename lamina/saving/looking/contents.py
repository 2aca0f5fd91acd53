"""What a file holds, opened to be looked at: data and tensors that may be read, no objects of models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamina.core import file_errors
from lamina.core.file_errors import FormatError, LoadError, PolicyError, quoted
from lamina.core.naming import to_snake_case
from lamina.saving.stores.hdf5 import Group
from lamina.saving.stores.tree import Folder, Tensor

_DEEPEST = 64  # folders within folders; Keras' files have about ten


@dataclass(frozen=True)
class Problem:
    """A reason why a file, or a part of it, is refused.

    Attributes:
        where: a JSON path (`config.layers[3].config.function`), a member or a tensor of the file.
        what: what is wrong, and what to do.
        kind: the name of the error, such as `"PolicyError"`.
    """

    where: str
    what: str
    kind: str

    def error(self, before: str = "") -> LoadError:
        """Return the error that loading raises for it; `before` names the file."""
        return getattr(file_errors, self.kind)(f"{before}{self.where}: {self.what}")


@dataclass
class Contents:
    """What a file holds.

    Attributes:
        path: of the file.
        format: its ending, such as `".keras"`.
        size: bytes on the disk, of all files of a set together.
        written_by: versions, date and engine, as the file says.
        config: the configuration of a whole model, as data; `None` in a file of weights.
        tensors: by their places, as in a file of Keras, whatever they are called in the file.
        names: of objects, by the paths of their folders.
        owners: folders of objects, by the paths of tensors that do not lie right in them.
        assets: sizes in bytes by path.
        problems: why something in it is refused.
    """

    path: Path
    format: str
    size: int = 0
    written_by: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] | None = None
    tensors: dict[str, Tensor] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    assets: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, where: str, error: LoadError) -> None:
        """Note that something is refused."""
        self.problems.append(Problem(where, str(error), type(error).__name__))

    def owner_of(self, path: str) -> str:
        """Return the folder of the object that a tensor belongs to."""
        return self.owners.get(path) or folder_of(path)

    def require_whole(self) -> None:
        """Raise the error of the first problem, if there is one.

        Raises:
            LoadError: something in the file is refused.
        """
        if self.problems:
            raise self.problems[0].error(f"{self.path} is refused: ")

    def add_tensors(self, root: Folder, within: str = "") -> None:
        """Gather all tensors below `root`, in the order of their paths, numbers by size.

        Args:
            root: a folder.
            within: what their paths begin with.

        Raises:
            FormatError: folders lie within folders without end.
            LimitError: there are more of them than a load may have.
        """
        waiting: list[tuple[str, Folder | Tensor]] = [(within, root)]
        while waiting:
            place, member = waiting.pop()
            if isinstance(member, Tensor):
                self.tensors[place] = member
            elif place.count("/") > _DEEPEST:
                raise FormatError(f"{quoted(place)} lies more than {_DEEPEST} folders deep.")
            else:
                waiting += reversed(list(self._members(place, member)))

    def _members(self, place: str, folder: Folder) -> Iterator[tuple[str, Folder | Tensor]]:
        if isinstance(folder, Group) and isinstance(name := folder.text("name"), str):
            self.names[folder_of(f"{place}/")] = name
        for name in sorted(folder.names(len(folder)), key=_by_number):
            path = f"{place}/{name}" if place else name
            try:
                yield path, folder.open(name)
            except (FormatError, PolicyError) as error:
                self.refuse(path, error)


def folder_of(path: str) -> str:
    """Return the folder of the object that a tensor belongs to.

    Example:
        >>> folder_of("layers/dense/vars/0")
        'layers/dense'
    """
    return path.rpartition("/")[0].removesuffix("vars").rstrip("/")


def _by_number(name: str) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdecimal() else (-1, part)
        for part in re.split(r"(\d{1,18})", name)
    ]


@dataclass(frozen=True)
class Place:
    """An object that a configuration describes: its class, its name, and its folder in files of weights."""

    path: str
    class_name: str
    name: str


def places(config: Mapping[str, Any]) -> list[Place]:
    """Return the layers that the configuration of a model describes, in its order, those within others too.

    Example:
        >>> layer = {"class_name": "Dense", "config": {"name": "out", "units": 2}}
        >>> places({"class_name": "Sequential", "config": {"name": "net", "layers": [layer, layer]}})[1]
        Place(path='layers/dense_1', class_name='Dense', name='out')
    """
    described: list[Place] = []
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", config)]
    while waiting:
        path, entry = waiting.pop()
        inner = entry["config"]
        if path:
            described.append(Place(path, entry["class_name"], str(inner.get("name", ""))))
        waiting += reversed(list(_within(path, inner)))
    return described


def _within(path: str, config: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the folders and configurations of the objects right within an object."""
    prefix, counts, entries = f"{path}/" if path else "", {}, []
    layers = config.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        if _is_object(layer) and not str(layer.get("module")).startswith("keras.src.ops"):
            name = to_snake_case(layer["class_name"])
            count = counts[name] = counts.get(name, -1) + 1
            entries.append((f"{prefix}layers/{name}{f'_{count}' if count else ''}", layer))
    for key, value in config.items():
        if key != "layers" and _is_object(value) and value.get("module") == "keras.layers":
            entries.append((f"{prefix}{key}", value))
    return entries


def _is_object(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("class_name"), str)
        and isinstance(value.get("config"), Mapping)
    )
