"""Opening files of every kind, to look into them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.load_policy import Budget, LoadPolicy
from lamina.core.plain import read_json
from lamina.core.regular_file import bytes_on_disk, open_regular
from lamina.saving import hub, keras_files, legacy, stores
from lamina.saving.archive import ArchiveReader
from lamina.saving.comparing import APART
from lamina.saving.configurations import problems_of
from lamina.saving.keras2 import modern
from lamina.saving.looking.contents import Contents, Problem
from lamina.saving.stores.hdf5 import Group
from lamina.training.backup.folder import FINISHED, BackupFolder

STATE = "state"
"""What the places of arrays begin with that training depends on, and Keras does not keep."""
_LEGACY_STATE = "optimizer_weights"
_DIGESTS = (
    "sha256",
    "checksum",
    "digest",
)  # parts of the names of entries that are not about the writer


@contextmanager
def opened(
    filepath: str | os.PathLike[str],
    policy: LoadPolicy | None = None,
    custom_objects: Mapping[str, Any] | None = None,
) -> Iterator[Contents]:
    """Open a file and gather what it holds; its tensors may be read as long as it is open.

    Raises:
        LoadError: there is nothing that could be told.
        FileNotFoundError: there is no such file.
    """
    path = Path(os.fspath(hub.local_path(filepath, (*hub.WHOLE, *hub.WEIGHTS))))
    if path.is_dir():
        path = _newest(path)
    policy = policy or LoadPolicy()
    contents, budget = Contents(path, _ending(path)), Budget(policy.limits)
    try:
        with READERS[contents.format](path, contents, budget, policy):
            _audit(contents, policy, custom_objects)
            contents.size = budget.file_bytes
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


def _newest(folder: Path) -> Path:
    """Return the newest backup in a folder of `fit(resume=folder)`; that at the end of the run is the newest."""
    backups = BackupFolder(folder, 1).files()
    if (folder / FINISHED).is_file():
        backups.insert(0, folder / FINISHED)
    if not backups:
        raise ValueError(
            f"{str(folder)!r} is a folder without backups of a run; lamina looks into files of models and weights."
        )
    return backups[0]


@contextmanager
def _keras(path: Path, contents: Contents, budget: Budget, policy: LoadPolicy) -> Iterator[None]:
    with open_regular(path, "look into") as file:
        budget.file_bytes += bytes_on_disk(file)
        archive = keras_files.opened(file, budget, policy)
        _examine(archive, contents, budget)
        with ExitStack() as stack:
            for member, within in ((keras_files.WEIGHTS, ""), (keras_files.STATE, STATE)):
                if member in archive:
                    root = stack.enter_context(stores.reading(archive.open(member), budget))
                    contents.add_tensors(root, within)
            yield


def _examine(archive: ArchiveReader, contents: Contents, budget: Budget) -> None:
    contents.written_by = _writer(keras_files.metadata_of(archive, budget))
    contents.config = _described(
        read_json(archive.read(keras_files.CONFIG, "config_bytes"), budget)
    )
    contents.assets = {
        name: member.size for name, member in archive.members.items() if name.startswith("assets/")
    }


@contextmanager
def _legacy(path: Path, contents: Contents, budget: Budget, _: LoadPolicy) -> Iterator[None]:
    """Open a file in which a layer has a group of its own name, and weights are called as Keras 2 did."""
    with stores.reading(path, budget) as root:
        assert isinstance(root, Group)
        versions = {key: root.text(key) for key in ("keras_version", "backend")}
        contents.written_by = {k: text for k, text in versions.items() if isinstance(text, str)}
        try:
            if (config := legacy.config_in(root)) is not None:
                contents.config = _described(config)
        except LoadError as error:
            contents.refuse("model_config", error)
        group = legacy.weights_group(root)
        stored = {**legacy.layers_in(group), legacy.TOP: legacy.top_in(group)}
        for name, tensors in stored.items():
            folder = f"{group.path}/{name}".lstrip("/")
            contents.names[folder] = name
            contents.owners |= {f"{folder}/{key}": folder for key in tensors}
            contents.tensors |= {f"{folder}/{key}": tensor for key, tensor in tensors.items()}
        _add_legacy_state(root, contents)
        yield


def _add_legacy_state(root: Group, contents: Contents) -> None:
    group = root.folder(_LEGACY_STATE)
    try:
        tensors = legacy.tensors_in(group) if isinstance(group, Group) else {}
    except LoadError as error:
        contents.refuse(_LEGACY_STATE, error)
        return
    places = {f"{_LEGACY_STATE}/{key}": tensor for key, tensor in tensors.items()}
    contents.tensors |= places
    contents.owners |= dict.fromkeys(places, _LEGACY_STATE)


def _of_weights(ending: str) -> Callable[..., AbstractContextManager[None]]:
    @contextmanager
    def read(path: Path, contents: Contents, budget: Budget, _: LoadPolicy) -> Iterator[None]:
        with stores.reading(path, budget, ending) as root:
            contents.written_by = {"format": root.texts["format"]} if "format" in root.texts else {}
            if "config" in root.texts:
                contents.config = _described(read_json(root.texts["config"].encode(), budget))
            contents.add_tensors(root)
            if "lamina" in root.texts:
                _tell_of_run(contents, read_json(root.texts["lamina"].encode(), budget))
            else:
                _set_apart(contents)
            yield

    return read


def _set_apart(contents: Contents) -> None:
    """Tell what is not weights, in a whole model in the format of weights, as in a `.keras` file."""
    for place in [place for place in contents.tensors if place.startswith(f"{APART}/")]:
        tensor, inner = contents.tensors.pop(place), place.removeprefix(f"{APART}/")
        if inner.startswith("assets/vars/"):
            contents.assets[inner.replace("/vars/", "/", 1)] = tensor.nbytes
        else:
            contents.tensors[inner] = tensor


def _tell_of_run(contents: Contents, run: Any) -> None:
    """Tell of a backup of a run: where it stands, and whose arrays are whose by their kinds and paths."""
    if isinstance(run, dict):
        words = {"epoch": "a run after epoch", "step": "step"}
        contents.written_by = {text: str(run[key]) for key, text in words.items() if key in run}
    for place in contents.tensors:
        kind, _, *path = place.split("/")
        owner = f"{STATE}/{kind}" if kind not in ("model", "optimizer") else kind
        contents.owners[place] = "/".join([owner, *path[:-1]]) if kind == "model" else owner


def _described(config: Any) -> dict[str, Any]:
    """Return the configuration of a model as Keras 3 words it, which loaders go by, too."""
    if not isinstance(config, dict) or "class_name" not in config:
        raise FormatError(f"a model's configuration names its class; this is {quoted(config)}.")
    return modern(config)


def _audit(
    contents: Contents, policy: LoadPolicy, custom_objects: Mapping[str, Any] | None
) -> None:
    """Put what the loader's audit of the configuration says before the problems of tensors."""
    if contents.config is not None:
        refused = problems_of(contents.config, custom_objects, policy)
        contents.problems[:0] = [
            Problem(where, text, kind.__name__) for kind, where, text in refused
        ]


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
    ".h5": _legacy,
}
"""What opens a file, by its ending."""
