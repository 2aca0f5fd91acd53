"""`inspect_model`: what a file holds, and what loading it would say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from lamina.core.load_policy import LoadPolicy
from lamina.saving.looking.contents import Contents, Place, places
from lamina.saving.looking.opening import STATE, opened
from lamina.saving.looking.report import FileReport, LayerReport, WeightReport
from lamina.saving.settings_texts import compile_texts
from lamina.saving.stores.tree import Tensor

_STATE = ("optimizer", "optimizer_weights", STATE)


def inspect_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    policy: LoadPolicy | None = None,
) -> FileReport:
    """Return what a file of a model, or of weights, holds, without building anything.

    The file goes through the same reading and the same checks as in loading; what these refuse is listed
    among the `problems` of the report.

    Args:
        filepath: a file of any kind that lamina loads.
        custom_objects: name -> class or function of your own, as for loading.
        policy: as for loading.

    Raises:
        LoadError: the file is so damaged, or so large, that there is nothing to tell.
        FileNotFoundError: there is no such file.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save_weights(folder + "/m.weights.h5")
        ...     report = inspect_model(folder + "/m.weights.h5")
        >>> report.parameters, report.layers[0].weights[0].shape, report.problems
        (8, (3, 2), ())
    """
    with opened(filepath, policy, custom_objects) as contents:
        return _report(contents)


def _report(contents: Contents) -> FileReport:
    config = contents.config or {}
    described = {place.path: place for place in places(config)} if config else {}
    layers = list(_layers(contents, described))
    compiled = config.get("compile_config")
    return FileReport(
        path=str(contents.path),
        format=contents.format,
        size=contents.size,
        written_by=contents.written_by,
        model=_model(config),
        layers=tuple(layer for layer in layers if layer.path.partition("/")[0] not in _STATE),
        state=tuple(layer for layer in layers if layer.path.partition("/")[0] in _STATE),
        compiled=compile_texts(compiled) if isinstance(compiled, dict) else {},
        assets=contents.assets,
        checksums=_checksums(contents),
        problems=tuple(contents.problems),
    )


def _checksums(contents: Contents) -> int:
    if contents.format == ".keras":  # its members have one each
        return len(contents.tensors)
    return sum(tensor.checksum is not None for tensor in contents.tensors.values())


def _layers(contents: Contents, described: dict[str, Place]) -> Iterator[LayerReport]:
    """Give the objects in the order of the configuration, parts that it does not describe after their whole."""
    own: dict[str, list[WeightReport]] = {
        path: []
        for path in described
        if path.split("/")[-2:-1] == ["layers"] and not contents.owners
    }
    for path, tensor in contents.tensors.items():
        own.setdefault(contents.owner_of(path), []).append(_weight(path, tensor))
    rank = {path: number for number, path in enumerate(described)}
    by_name = {place.name: place for place in described.values()}
    for path in sorted(own, key=lambda path: _rank(path, rank)):
        name = contents.names.get(path, "")
        place = described.get(path) or by_name.get(name) or Place(path, "", "")
        yield LayerReport(path, name or place.name, place.class_name, tuple(own[path]))


def _rank(path: str, rank: dict[str, int]) -> int:
    """Return the place of an object, or of the innermost described one that it is part of."""
    while path and path not in rank:
        path = path.rpartition("/")[0]
    return rank.get(path, len(rank))


def _weight(path: str, tensor: Tensor) -> WeightReport:
    return WeightReport(path, tensor.shape, tensor.dtype, tensor.nbytes)


def _model(config: dict[str, Any]) -> str:
    inner = config.get("config")
    name = inner.get("name", "") if isinstance(inner, dict) else ""
    return f"{config.get('class_name', '')} {name!r}" if config else ""
