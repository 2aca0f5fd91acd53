"""Files of weights: `save_weights`, `load_weights`."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from lamina.core.file_errors import LoadError, quoted
from lamina.core.load_policy import Budget, Limits
from lamina.core.tracebacks import warn
from lamina.layers.layer import Layer
from lamina.saving import hub, legacy, stores
from lamina.saving.comparing import compare, replace_values
from lamina.saving.layout import groups, holdings, require_built
from lamina.saving.stores.tree import Folder

_INDICES = {".weights.h5": ".weights.json", ".safetensors": ".safetensors.index.json"}
_SHOWN = 20  # problems in one message


def save_weights(
    model: Layer,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:
    """Write all weights of `model`, and the state of its optimizer, to a file.

    The ending of the name decides on the format:

    * `.weights.h5`: HDF5, as Keras 3 writes and reads it;
    * `.weights.json`: the same in several files, `name_00000.weights.h5` and so on;
    * `.safetensors`: arrays by the paths of their variables, for other programs;
    * `.safetensors.index.json`: the same in several files, `name-00001-of-00002.safetensors` and so on;
    * `.npz`: for `numpy.load`.

    The file is written next to the target and takes its place when it is complete.

    Args:
        model: a built model or layer.
        filepath: with such an ending; or an address of the Hugging Face Hub, `hf://user/repository`.
        overwrite: whether a file that is there may be replaced.
        max_shard_size: the most bytes of weights in each of several files, in GiB; by default 5. A name
            that ends with `.weights.h5` or `.safetensors` gets the ending of an index.

    Raises:
        ValueError: another ending, the model is not built yet, or one weight is larger than
            `max_shard_size`.
        FileExistsError: the file is there, and `overwrite` is false.
        OSError: it cannot be written; a file that was there is as before.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, folder + "/m.safetensors")
        ...     load_weights(model, folder + "/m.safetensors")
    """
    if kwargs:
        raise TypeError(f"save_weights: {sorted(kwargs)} is not part of this version of lamina.")
    with hub.uploading(filepath, model, overwrite, default="model.weights.h5") as path:
        ending = stores.ending(path, "save_weights")
        if max_shard_size is not None:
            path, ending = _as_index(os.fspath(path), ending)
        write_weights(model, path, overwrite, ending, max_shard_size=max_shard_size)


def _as_index(path: str, ending: str) -> tuple[str, str]:
    """Return the name of the index of several files, and its ending."""
    if ending not in _INDICES:
        if ending not in _INDICES.values():
            raise ValueError(
                f"save_weights: {ending!r} files are not divided; `max_shard_size` is."
            )
        return path, ending
    index = path.removesuffix(ending) + _INDICES[ending]
    warn(f"save_weights: several files have an index, which is {index!r} for {path!r}.")
    return index, _INDICES[ending]


def write_weights(
    model: Layer,
    target: str | os.PathLike[str] | BinaryIO,
    overwrite: bool = True,
    ending: str = ".weights.h5",
    texts: Mapping[str, str] | None = None,
    max_shard_size: float | None = None,
) -> None:
    """Write all weights of `model` as `save_weights` does, also into an open file (see `stores.write`)."""
    require_built(model, "save_weights")
    stores.write(target, holdings(groups(model)), overwrite, ending, texts, max_shard_size)


def load_weights(
    model: Layer,
    filepath: str | os.PathLike[str],
    skip_mismatch: bool = False,
    by_name: bool = False,
    objects_to_skip: Sequence[Any] | None = None,
    limits: Limits | None = None,
    **kwargs: Any,
) -> None:
    """Read weights that `save_weights` or Keras 3 wrote, in any of the formats of `save_weights`.

    Files from others are safe to load: nothing in them is run, no other file is opened, and sizes are
    compared before memory is taken. Either all weights are replaced, or none, whatever goes wrong. A
    compiled model takes over the state of the optimizer, too, if it fits; else a warning says that it
    starts afresh.

    Args:
        model: built as it was when the file was written.
        filepath: with an ending as for `save_weights`; or an address of the Hugging Face Hub,
            `hf://user/repository`.
        skip_mismatch: load the layers that fit, and warn of the others.
        by_name: of a legacy `.h5` file, load the layers that have the name of a layer in it, wherever it stands.
        objects_to_skip: layers (and `model.optimizer`) that keep what they have.
        limits: the most that the file may take, where it needs more than the usual.

    Raises:
        ValueError: another ending, the model is not built yet, or file and model do not fit; the
            message lists all differences. `lamina.saving.FormatError`, a ValueError, if
            the file is damaged or not what its name says; `lamina.saving.LimitError` if it takes too much.
        FileNotFoundError: there is no such file.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, folder + "/m.weights.h5")
        ...     load_weights(model, folder + "/m.weights.h5")
    """
    if kwargs:
        raise TypeError(f"load_weights: {sorted(kwargs)} is not part of this version of lamina.")
    path = hub.local_path(filepath, hub.WEIGHTS)
    if legacy.is_legacy(path):
        skipped = legacy.read_weights(model, path, skip_mismatch, by_name)
    elif by_name:
        raise ValueError(
            "load_weights: `by_name` is for legacy `.h5` files. In other files layers stand by their places "
            f"in the model, and `filepath` is {str(filepath)!r}."
        )
    else:
        ending = stores.ending(path, "load_weights")
        skipped = read_weights(model, path, skip_mismatch, Budget(limits), ending, objects_to_skip)
    for problem in skipped:
        warn(f"load_weights({str(filepath)!r}): skipped {problem}.")


def read_weights(
    model: Layer,
    source: str | os.PathLike[str] | BinaryIO,
    skip_mismatch: bool = False,
    budget: Budget | None = None,
    ending: str = ".weights.h5",
    objects_to_skip: Sequence[Any] | None = None,
) -> list[str]:
    """Read all weights of `model` as `load_weights` does, also from an open file (see `stores.reading`).

    Returns:
        What was skipped, in words.
    """
    require_built(model, "load_weights")
    with stores.reading(source, budget, ending, lambda: _places(model)) as root:
        name = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", "")
        return take_weights(model, root, str(name), skip_mismatch, objects_to_skip)


def take_weights(
    model: Layer,
    root: Folder,
    name: str,
    skip_mismatch: bool = False,
    objects_to_skip: Sequence[Any] | None = None,
) -> list[str]:
    """Give `model` the weights that `root` holds: all of them or, if anything goes wrong, none.

    Args:
        root: of the file that is called `name` in messages.
        skip_mismatch: leave out what does not fit.
        objects_to_skip: layers that keep what they have.

    Returns:
        What was left out, a sentence each.

    Raises:
        LoadError: they do not fit.
    """
    _build_optimizers(model, root)
    plan = compare(groups(model), root, objects_to_skip or ())
    if plan.problems and not skip_mismatch:
        raise LoadError(_mismatch(name, model, plan.problems, root))
    replace_values(plan, skip_mismatch)
    return [*plan.problems, *plan.remarks]


def _places(model: Layer) -> dict[str, str]:
    """Return where arrays belong, by the names that formats with names give them."""
    return {
        value.name: f"{holding.path}/vars/{key}".lstrip("/")
        for holding in holdings(groups(model))
        for key, value in holding.values.items()
    }


def _build_optimizers(model: Layer, root: Folder) -> None:
    """Make the slots of a compiled model's optimizer, which are else made in the first step, if there are some."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or optimizer.built or (group := root.folder("optimizer")) is None:
        return
    own = group.folder("vars")
    if own is None or len(own) > len(optimizer.saved_variables):
        optimizer.ensure_built(model.trainable_variables)


def _mismatch(name: str, model: Layer, problems: list[str], root: Folder) -> str:
    lines = "".join(f"\n  {problem}" for problem in problems[:_SHOWN])
    more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    names = ", ".join(quoted(name) for name in sorted(root.names(at_most=10)))
    if legacy.TOP in root or "model_weights" in root:
        names += ". It is a legacy file: let its name end with '.h5' alone"
    return (
        f"The weights in {name!r} do not fit {type(model).__name__} {model.name!r}; "
        f"nothing was loaded:{lines}{more}\n"
        f"The file holds: {names or 'nothing'}. Build the model as it was when the file was written, "
        "or pass skip_mismatch=True to load the layers that fit."
    )
