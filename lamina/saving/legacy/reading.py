"""Reading legacy `.h5` files."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.load_policy import Budget, LoadPolicy
from lamina.core.plain import read_json
from lamina.core.regular_file import bytes_on_disk
from lamina.saving import stores
from lamina.saving.comparing import Plan, replace_values
from lamina.saving.configurations import model_of
from lamina.saving.keras2 import compile_config
from lamina.saving.layout import require_built
from lamina.saving.legacy import optimizers, weights
from lamina.saving.stores.hdf5 import Group

_SHOWN = 20  # problems in one message


def is_legacy(path: Any) -> bool:
    """Tell whether a file has the ending of legacy files: `.h5`, and not `.weights.h5`."""
    name = str(path)
    return name.endswith(".h5") and not name.endswith(".weights.h5")


def read(
    file: BinaryIO,
    name: str,
    custom_objects: dict[str, Any] | None = None,
    compiles: bool = True,
    policy: LoadPolicy | None = None,
) -> tuple[Any, list[str]]:
    """Return the model in a legacy `.h5` file, and what of its state was left out.

    Args:
        name: of the file, for messages.
        custom_objects: name -> class or function of the user's own.
        compiles: whether the model is compiled as it was.
        policy: what the file may name.

    Raises:
        LoadError: it cannot be loaded.
    """
    policy = policy or LoadPolicy()
    with _opened(file, Budget(policy.limits, bytes_on_disk(file))) as root:
        config = config_in(root, compiles)
        if config is None:
            raise FormatError(
                "It holds weights, but not the model: there is no `model_config`. Build the model, and call "
                "`model.load_weights`."
            )
        model = model_of(config, custom_objects, compiles, policy)
        plan = weights.compare(model, weights.weights_group(root))
        if plan.problems:
            raise LoadError(_listed("The weights do not fit the model in the same file", plan))
        state = _state(model, root)
        replace_values(Plan([*plan.pairs, *state.pairs]))
        known = ("model_weights", "optimizer_weights")
        unknown = [name for name in root.names(at_most=10) if name not in known]
    return model, [*state.remarks, *(f"{quoted(name)}: it has no place" for name in unknown)]


def config_in(root: Group, compiles: bool = True) -> dict[str, Any] | None:
    """Return the configuration of a model that a file holds, `None` if there is none.

    Args:
        root: of the file.
        compiles: whether it is to say how the model is compiled.
    """
    text = root.text("model_config")
    if text is None:
        return None
    training = root.text("training_config")
    if root.checksum() not in (None, zlib.crc32(f"{text}{training or ''}".encode())):
        raise FormatError("`model_config` or `training_config` is damaged: its checksum is wrong.")
    config = _json(text, "model_config", root.budget)
    if training is not None and compiles:
        learning = _json(training, "training_config", root.budget)
        learning = compile_config(learning, _output_names(config))
        config["compile_config"] = learning
    return config


def read_weights(
    model: Any, file: Any, skip_mismatch: bool = False, by_name: bool = False
) -> list[str]:
    """Read weights from a legacy `.h5` file, of weights or of a whole model.

    Args:
        model: built as it was when the file was written.
        file: a path, or an open file.
        skip_mismatch: load the layers that fit.
        by_name: load the layers that have a layer of the same name in the file.

    Returns:
        What was skipped, in words.

    Raises:
        LoadError: they cannot be loaded; nothing was changed.
    """
    require_built(model, "load_weights")
    with _opened(file, Budget()) as root:
        plan = weights.compare(model, weights.weights_group(root), by_name)
        if plan.problems and not skip_mismatch:
            raise LoadError(
                _listed(f"The weights do not fit {type(model).__name__} {model.name!r}", plan)
                + "\nBuild the model as it was when the file was written, or pass skip_mismatch=True."
            )
        replace_values(plan)
    return plan.problems


@contextmanager
def _opened(file: str | BinaryIO, budget: Budget) -> Iterator[Group]:
    with stores.reading(file, budget) as root:
        assert isinstance(root, Group)
        yield root


def _json(text: str | list[str], what: str, budget: Budget) -> Any:
    if not isinstance(text, str):
        raise FormatError(f"{what} is a list of texts; it is to be one.")
    budget.charge("config_bytes", len(text))
    try:
        config = read_json(text.encode())
    except FormatError as error:
        raise FormatError(f"{what} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise FormatError(f"{what} is {quoted(config)}; it is to be an object.")
    return config


def _output_names(config: dict[str, Any]) -> list[str]:
    inner = config.get("config")
    ends = inner.get("output_layers") if isinstance(inner, dict) else None
    if isinstance(ends, dict):
        return list(ends)
    ends = ends if isinstance(ends, list) else []
    return [end[0] for end in ends if isinstance(end, list) and end and isinstance(end[0], str)]


def _state(model: Any, root: Group) -> Plan:
    optimizer = getattr(model, "optimizer", None)
    group = root.folder("optimizer_weights")
    if optimizer is None or not isinstance(group, Group):
        return Plan()
    optimizer.ensure_built(model.trainable_variables)
    return optimizers.compare(optimizer, group)


def _listed(what: str, plan: Plan) -> str:
    lines = "".join(f"\n  {problem}" for problem in plan.problems[:_SHOWN])
    left = len(plan.problems) - _SHOWN
    return f"{what}; nothing was loaded:{lines}" + (f"\n  and {left} more" if left > 0 else "")
