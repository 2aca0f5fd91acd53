"""`.weights.h5` files, as Keras 3 writes and reads them."""

import os
from pathlib import Path
from typing import Any

from lamina.core.file_errors import LoadError, quoted
from lamina.core.replacing import replacing
from lamina.core.tracebacks import warn
from lamina.core.variable import assign_all
from lamina.engine.current import engine
from lamina.layers.layer import Layer
from lamina.saving.comparing import Plan, compare, converted
from lamina.saving.hdf5 import Folder, reading
from lamina.saving.layout import Group, groups

_SHOWN = 20  # problems in one message


def save_weights(
    model: Layer,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:
    """Write all weights of `model`, and the state of its optimizer, to a `.weights.h5` file.

    The file is written next to the target and takes its place when it is complete.

    Args:
        model: a built model or layer.
        filepath: ends with `.weights.h5`.
        overwrite: whether a file that is there may be replaced.
        max_shard_size: several files for one model are not part of this version.

    Raises:
        ValueError: another ending, or the model is not built yet.
        FileExistsError: the file is there, and `overwrite` is false.
        OSError: it cannot be written; a file that was there is as before.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, folder + "/m.weights.h5")
        ...     load_weights(model, folder + "/m.weights.h5")
    """
    if max_shard_size is not None or kwargs:
        unsupported = ["max_shard_size"] * (max_shard_size is not None) + sorted(kwargs)
        raise TypeError(f"save_weights: {unsupported} is not part of this version of lamina.")
    path = _path(filepath, "save_weights")
    _require_built(model, "save_weights")
    with replacing(path, overwrite) as part:
        try:
            _write_file(part, groups(model))
        except (OSError, RuntimeError) as error:  # the latter: a full disk while closing
            raise OSError(f"{str(path)!r} cannot be written: {quoted(str(error))}") from error


def load_weights(
    model: Layer, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: Any
) -> None:
    """Read weights that `save_weights`, or Keras 3, wrote into a `.weights.h5` file.

    Files from others are safe to load: nothing in them is run, no other file is opened, and sizes are
    compared before memory is taken. Either all weights are replaced, or none, whatever goes wrong. A
    compiled model takes over the state of the optimizer, too, if it fits; else a warning says that it
    starts afresh.

    Args:
        model: built as it was when the file was written.
        filepath: ends with `.weights.h5`.
        skip_mismatch: load the layers that fit, and warn of the others.

    Raises:
        ValueError: another ending, the model is not built yet, or file and model do not fit; the
            message lists all differences. `lamina.saving.FormatError`, a ValueError, if
            the file is damaged or not of the kind that Keras writes.
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
    path = _path(filepath, "load_weights")
    _require_built(model, "load_weights")
    with reading(path) as root:
        _build_optimizers(model, root)
        plan = compare(groups(model), root)
        if plan.problems and not skip_mismatch:
            raise LoadError(_mismatch(path, model, plan.problems, root))
        _replace_values(plan)
    for problem in [*plan.problems, *plan.remarks]:
        warn(f"load_weights({str(path)!r}): skipped {problem}.")


def _replace_values(plan: Plan) -> None:
    """Read one tensor after the other into its variable: besides the file's there is one array at a time."""
    variables = [variable for variable, _ in plan.pairs]
    values = (engine().asarray(converted(t, v), v.dtype) for v, t in plan.pairs)
    assign_all(variables, values)


def _path(filepath: Any, what: str) -> Path:
    path = Path(os.fspath(filepath))
    if not path.name.endswith(".weights.h5"):
        whole = path.suffix in (".keras", ".h5")
        other = " Files of whole models are not part of this version of lamina." if whole else ""
        raise ValueError(
            f"{what}: the name of a weights file must end with '.weights.h5', "
            f"but `filepath` is {str(filepath)!r}.{other}"
        )
    return path


def _require_built(model: Any, what: str) -> None:
    if not isinstance(model, Layer):
        raise TypeError(f"{what} takes a model or a layer, not {model!r}.")
    if not model.built:
        raise ValueError(
            f"{what}: {type(model).__name__} {model.name!r} has no weights yet. Call it on data, give its first layer "
            "an `input_shape`, or call `model.build(input_shape)`, first."
        )


def _write_file(path: Path, root: Group) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        _write(file, root)


def _write(parent: Any, group: Group) -> None:
    if group.owner is not None:
        own = parent.create_group("vars")
        own.attrs["name"] = group.owner.name
        for i, variable in enumerate(group.variables):
            value, half = variable.numpy(), variable.dtype == "bfloat16"
            dataset = own.create_dataset(str(i), data=value.view("V2") if half else value)
            if half:  # HDF5 has no such type: opaque bytes, and an attribute
                dataset.attrs["dtype"] = "bfloat16"
    for name, inner in group.inner.items():
        _write(parent.create_group(name), inner)


def _build_optimizers(model: Layer, root: Folder) -> None:
    """Make the slots of a compiled model's optimizer, which are else made in the first step."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and not optimizer.built and "optimizer" in root:
        optimizer.ensure_built(model.trainable_variables)


def _mismatch(path: Path, model: Layer, problems: list[str], root: Folder) -> str:
    lines = "".join(f"\n  {problem}" for problem in problems[:_SHOWN])
    more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    names = ", ".join(quoted(name) for name in sorted(root.names(at_most=10)))
    return (
        f"The weights in {str(path)!r} do not fit {type(model).__name__} {model.name!r}; "
        f"nothing was loaded:{lines}{more}\n"
        f"The file holds: {names or 'nothing'}. Build the model as it was when the file was written, "
        "or pass skip_mismatch=True to load the layers that fit."
    )
