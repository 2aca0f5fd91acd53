"""Whole models in `.safetensors` files: the configuration stands in the header, as the text `config`.

The arrays are those of a file of weights, so that any program which reads safetensors finds the weights by
their names. What Keras' files have no place for, and assets (as bytes), lie in the folder `lamina`, which files
of weights do not have.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lamina.core.file_errors import FormatError
from lamina.core.load_policy import Budget, LoadPolicy
from lamina.core.plain import read_json
from lamina.core.regular_file import bytes_on_disk
from lamina.saving import assets, run_state, stores
from lamina.saving.comparing import APART
from lamina.saving.configurations import config_of, model_of
from lamina.saving.keras_files import leave_optimizers, refusing, without_learning
from lamina.saving.layout import groups, holdings
from lamina.saving.stores.holding import Holding, Value, as_value
from lamina.saving.stores.tree import Folder, Tensor
from lamina.saving.weights import take_weights

ENDING, INDEX = ".safetensors", ".safetensors.index.json"
_STATE, _ASSETS = "state", "assets"


def write(
    model: Any, target: BinaryIO | Path, include_optimizer: bool = True, overwrite: bool = True
) -> None:
    """Write `model` into an empty file, or, for a path, an index and its shards.

    Args:
        include_optimizer: whether the file tells how the model learns, and holds the optimizer's state.
        overwrite: whether a path that is there may be replaced.
    """
    config, root = config_of(model), groups(model)
    if not include_optimizer:
        config = without_learning(config)
        leave_optimizers(root)
    beside = [
        _moved(holding, f"{APART}/{_STATE}")
        for holding in run_state.holdings(model, root, include_optimizer)
    ]
    files = _Assets({})
    assets.write(files, root)  # type: ignore[arg-type]
    if files.members:
        place = f"{APART}/{_ASSETS}"
        values = {
            name: _as_bytes(f"{place}/{name}", content) for name, content in files.members.items()
        }
        beside.append(Holding(place, None, values))
    ending = INDEX if isinstance(target, Path) else ENDING
    texts = {"config": json.dumps(config)}
    stores.write(target, [*holdings(root), *beside], overwrite, ending, texts=texts)


def _moved(holding: Holding, into: str) -> Holding:
    values = {key: replace(v, name=f"{into}/{v.name}") for key, v in holding.values.items()}
    return Holding(f"{into}/{holding.path}", None, values)


def _as_bytes(name: str, content: bytes) -> Value:
    return as_value(np.frombuffer(content, np.uint8), name)


def read(
    source: BinaryIO | Path,
    name: str,
    custom_objects: dict[str, Any] | None,
    compiles: bool,
    policy: LoadPolicy,
) -> tuple[Any, list[str]]:
    """Return the model in an open file, or that of an index at a path, and what of its state was left out.

    Raises:
        LoadError: it cannot be loaded.
    """
    whole = isinstance(source, Path)
    budget = Budget(policy.limits, 0 if whole else bytes_on_disk(source))
    with refusing(name), stores.reading(source, budget, INDEX if whole else ENDING) as root:
        if "config" not in root.texts:
            raise FormatError(
                "it holds weights, but not the model. Build the model, and use `model.load_weights`."
            )
        config = read_json(root.texts["config"].encode(), budget)
        model = model_of(config, custom_objects, compiles, policy)
        left = take_weights(model, root, name)
        beside = root.folder(APART)
        state, files = (beside.folder(x) if beside else None for x in (_STATE, _ASSETS))
        if state is not None:
            left += run_state.put(model, groups(model), state)
        if files is not None:
            assets.read(_Assets(dict(_files(files, ""))), groups(model))  # type: ignore[arg-type]
    return model, left


def _files(folder: Folder, path: str) -> Iterator[tuple[str, bytes]]:
    for name in folder.names(len(folder)):
        member = folder.open(name)
        inner = f"{path}/{name}".lstrip("/").removeprefix("vars/")
        if isinstance(member, Tensor):
            yield inner, member.read().tobytes()
        else:
            yield from _files(member, f"{path}/{name}")


class _Assets:
    """Files in memory, in the shape of an archive."""

    def __init__(self, members: dict[str, bytes]):
        self.members = members

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self.members[name])

    @contextmanager
    def member(self, name: str) -> Iterator[BinaryIO]:
        file = io.BytesIO()
        yield file
        self.members[name] = file.getvalue()
