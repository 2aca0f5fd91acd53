"""`convert_file`: from one format to another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamina.core.load_policy import LoadPolicy
from lamina.saving import model_files, stores
from lamina.saving.looking.contents import Contents
from lamina.saving.looking.opening import STATE, opened
from lamina.saving.stores.holding import Holding, Value
from lamina.saving.weights import save_weights


@dataclass(frozen=True)
class Conversion:
    """What `convert_file` did.

    Attributes:
        source, target: the paths.
        lost: what the source has and the target does not, in words.
    """

    source: str
    target: str
    lost: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.source} -> {self.target}"]
        return "\n".join([*lines, *(f"  not kept: {part}" for part in self.lost)])


def convert_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    overwrite: bool = False,
    custom_objects: Mapping[str, Any] | None = None,
    policy: LoadPolicy | None = None,
) -> Conversion:
    """Write what one file holds into another of a different format; the endings of the names say which.

    A whole model is loaded and saved. Weights go from file to file, one array at a time, and nothing is built.

    Args:
        source: a file of any kind that lamina loads.
        target: a name with an ending of a format that lamina writes.
        overwrite: whether a file that is there may be replaced.
        custom_objects: name -> class or function of your own that a whole model names.
        policy: as for loading.

    Raises:
        ValueError: another ending; or weights are to become a model. `LoadError`, a ValueError: the source is
            refused.
        FileExistsError: the target is there, and `overwrite` is false.
        OSError: it cannot be read or written.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(folder + "/m.keras")
        ...     done = convert_file(folder + "/m.keras", folder + "/m.npz")
        >>> done.lost
        ('the model: its layers and settings',)
    """
    path = Path(os.fspath(target))
    for_weights = any(path.name.endswith(ending) for ending in stores.FORMATS)
    ending = "" if _can_be_whole(path) and not for_weights else stores.ending(path, "convert")
    with opened(source, policy, custom_objects) as contents:
        contents.require_whole()
        whole = _can_be_whole(path) and contents.config is not None
        if contents.config is None and (not for_weights or contents.format == ".h5"):
            raise ValueError(_NO_MODEL.format(source=contents.path, target=path))
        if contents.config is None:
            stores.write(path, _holdings(contents), overwrite, ending)
            return Conversion(str(contents.path), str(path), ())
        lost = _lost(contents, path, whole)
    model = model_files.load_model(source, dict(custom_objects or {}), policy=policy)
    if whole:
        model_files.save_model(model, path, overwrite)
    else:
        save_weights(model, path, overwrite)
    return Conversion(str(source), str(path), lost)


_NO_MODEL = (
    "{source} holds weights, but not the model, so it cannot become {target}. Build the model, load the "
    "weights with `model.load_weights`, and save it."
)


def _can_be_whole(path: Path) -> bool:
    """Tell whether files with this name may hold whole models."""
    return not path.name.endswith(".weights.h5") and any(
        path.name.endswith(suffix) and format.write is not None
        for suffix, format in model_files.FORMATS.items()
    )


def _lost(contents: Contents, path: Path, whole: bool) -> tuple[str, ...]:
    """Return what the source holds and the target has no room for."""
    if whole and path.suffix != ".h5":
        return ()
    config = contents.config or {}
    parts = {
        "the model: its layers and settings": not whole,
        "how it is compiled": bool(config.get("compile_config")) and not whole,
        "random keys, metrics and counters": any(
            path.startswith(f"{STATE}/") for path in contents.tensors
        ),
        f"{len(contents.assets)} assets": bool(contents.assets),
    }
    return tuple(part for part, there in parts.items() if there)


def _holdings(contents: Contents) -> list[Holding]:
    """Return the tensors of a file as what is to be written: they are read when their turn comes."""
    folders: dict[str, dict[str, Value]] = {}
    for place, tensor in contents.tensors.items():
        folder, _, key = place.rpartition("/")
        if folder != "vars" and not folder.endswith("/vars"):
            raise ValueError(
                f"{contents.path} does not say which layer {tensor.path!r} belongs to: another program wrote it. "
                "Build the model, load the weights with `model.load_weights`, and save them."
            )
        value = Value(tensor.path, tensor.shape, tensor.dtype, tensor.read)
        folders.setdefault(contents.owner_of(place), {})[key] = value
    return [Holding(path, contents.names.get(path), values) for path, values in folders.items()]
