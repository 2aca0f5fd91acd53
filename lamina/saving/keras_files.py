"""`.keras` files: a ZIP archive of `metadata.json`, `config.json`, `model.weights.h5` and `assets/`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from lamina import __version__
from lamina.core.file_errors import FormatError, LoadError
from lamina.core.load_policy import Budget, LoadPolicy
from lamina.core.plain import read_json
from lamina.core.regular_file import bytes_on_disk
from lamina.saving import assets, run_state, stores
from lamina.saving.archive import ArchiveReader, ArchiveWriter, in_model
from lamina.saving.configurations import config_of, model_of
from lamina.saving.layout import Group, groups, holdings
from lamina.saving.stores.holding import as_value
from lamina.saving.weights import take_weights

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
STATE = "lamina.state.h5"
_FORMAT_OF = "3.15.1"  # the version of Keras whose layout is written


def write(model: Any, file: BinaryIO, include_optimizer: bool = True) -> None:
    """Write `model` into `file`, which is empty.

    Args:
        include_optimizer: whether the file tells how the model learns, and holds the optimizer's state.
    """
    config, root = config_of(model), groups(model)
    if not include_optimizer:
        config = without_learning(config)
        leave_optimizers(root)
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = {
        "lamina_version": __version__,  # for people; Keras does not look at it
        "keras_version": _FORMAT_OF,
        "date_saved": now,
    }
    texts = [(METADATA, json.dumps(metadata)), (CONFIG, json.dumps(config))]
    with ArchiveWriter(file) as archive:
        for name, text in texts:
            archive.write(name, text.encode())
        with archive.member(WEIGHTS) as member:
            stores.write(member, holdings(root))
        if rest := run_state.holdings(model, root, include_optimizer):
            with archive.member(STATE) as member:
                stores.write(member, rest)
        assets.write(archive, root)


def without_learning(config: Any) -> Any:
    """Return a configuration that does not tell how the model learns."""
    if isinstance(config, dict):
        return {k: without_learning(v) for k, v in config.items() if k != "compile_config"}
    return [without_learning(part) for part in config] if isinstance(config, list) else config


def leave_optimizers(group: Group) -> None:
    """Take the optimizers out of what is to be written."""
    group.inner = {name: inner for name, inner in group.inner.items() if not inner.is_optimizer}
    for inner in group.inner.values():
        leave_optimizers(inner)


def read(
    file: BinaryIO,
    name: str,
    custom_objects: dict[str, Any] | None,
    compiles: bool,
    policy: LoadPolicy,
) -> tuple[Any, list[str]]:
    """Return the model in `file`, and what of its state was left out.

    Args:
        name: of the file, for messages.

    Raises:
        LoadError: it cannot be loaded.
    """
    budget = Budget(policy.limits, bytes_on_disk(file))
    with refusing(name):
        archive = opened(file, budget, policy)
        metadata_of(archive, budget)
        config = read_json(archive.read(CONFIG, "config_bytes"), budget)
        model = model_of(config, custom_objects, compiles, policy)
        budget.check(
            "bytes", sum(as_value(v, v.path).nbytes for v in model.variables)
        )  # none is drawn yet
        with stores.reading(_member(archive, WEIGHTS, name), budget) as weights:
            left = take_weights(model, weights, name)
        if STATE in archive:
            with stores.reading(_member(archive, STATE, name), budget) as state:
                left += run_state.put(model, groups(model), state)
        assets.read(archive, groups(model))
    return model, left


def opened(file: BinaryIO, budget: Budget, policy: LoadPolicy) -> ArchiveReader:
    """Return the archive in `file`, which is one of a model.

    Raises:
        FormatError: it is not.
        LimitError: it is too large.
    """
    file.seek(0)
    if file.read(4) == b"\x89HDF":
        raise FormatError(
            "it is an HDF5 file, as Keras up to 2.12 wrote under this ending. Let its name end with '.h5'."
        )
    archive = ArchiveReader(file, budget, in_model, policy.ignore_members)
    if missing := sorted({CONFIG, WEIGHTS} - set(archive.members)):
        raise FormatError(f"it lacks {missing}.")
    return archive


def metadata_of(archive: ArchiveReader, budget: Budget) -> Any:
    """Return what a file says of its writer, which nothing depends on; `None` if it says nothing.

    Raises:
        FormatError: it is not JSON.
        LimitError: it is too large.
    """
    return read_json(archive.read(METADATA), budget) if METADATA in archive else None


def _member(archive: ArchiveReader, member: str, name: str) -> BinaryIO:
    """Open a member under a name that says where it is."""
    file: Any = archive.open(member)
    file.name = f"{name}: {member}"
    return file


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Say in errors of loading which file they are about.

    Args:
        name: of the file.
    """
    try:
        yield
    except LoadError as error:
        text = str(error)
        if name in text:  # it says so already
            raise
        raise type(error)(f"{name} is refused; nothing was loaded: {text}") from error
