"""Writing whole models as legacy `.h5` files, as Keras 3 lays them out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from lamina import losses
from lamina.core.naming import described
from lamina.core.tracebacks import warn
from lamina.core.variable import Variable, host_view
from lamina.layers.weights import own_weights
from lamina.saving.archive.window import WritableWindow
from lamina.saving.configurations import config_of
from lamina.saving.layout import require_built
from lamina.saving.legacy.weights import TOP, layer_weights
from lamina.saving.stores.hdf5_writer import write_array, write_checksum

_PIECE = 3000  # names in one attribute; an object's header has room for 64 KiB
_WRITTEN_BY = {"backend": "jax", "keras_version": "3.15.1"}  # whose layout is written
_LEARNING = ("loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly")
_LEARNING += ("steps_per_execution", "jit_compile")


def write(model: Any, file: BinaryIO, include_optimizer: bool = True) -> None:
    """Write `model` into `file`, which is empty, and reads, writes and seeks.

    Args:
        include_optimizer: whether the file tells how the model learns, and holds the optimizer's state.

    Raises:
        ValueError: the model is a subclass with a `call` of its own, or is not built.
        OSError: it cannot be written.
    """
    import h5py

    if model.__graph__ is None and not hasattr(model, "add"):
        raise ValueError(
            f"save: {described(model)} has a `call` of its own, which `.h5` files have no place for. "
            "Save it as a `.keras` file."
        )
    require_built(model, "save")
    warn(
        "save: `.h5` is the old format of whole models, for programs that read no other. Prefer `.keras`."
    )
    config = config_of(model)
    learning = config.pop("compile_config", None) if include_optimizer else None
    config.pop("compile_config", None)
    texts = {"model_config": json.dumps(config)}
    if learning:
        texts["training_config"] = json.dumps(_training_config(learning))
    window = WritableWindow(file, 0, "")
    with window.uncovered(), h5py.File(window, "w") as opened:
        opened.attrs.update({**_WRITTEN_BY, **texts})
        write_checksum(opened["/"].id, zlib.crc32("".join(texts.values()).encode()))
        _write_weights(opened.create_group("model_weights"), model)
        if learning:
            _write_state(opened, model.optimizer)


def _training_config(learning: dict[str, Any]) -> dict[str, Any]:
    optimizer = {name: learning["optimizer"][name] for name in ("class_name", "config")}
    config = {name: learning.get(name) for name in _LEARNING} | {"optimizer_config": optimizer}
    return {**config, "loss": _in_full(config["loss"])}


def _in_full(loss: Any) -> Any:
    """Write names of losses in full: of `"mse"` Keras writes files that it cannot read."""
    if isinstance(loss, str):
        return getattr(losses.get(loss), "__name__", loss)
    if isinstance(loss, list):
        return [_in_full(part) for part in loss]
    if isinstance(loss, dict) and "class_name" not in loss:
        return {name: _in_full(part) for name, part in loss.items()}
    return loss


def _write_weights(group: Any, model: Any) -> None:
    layers = model.layers
    group.attrs.update(_WRITTEN_BY)
    _write_names(group, "layer_names", [layer.name for layer in layers])
    for layer in layers:
        _write_list(group.create_group(layer.name), layer_weights(layer))
    _write_list(group.create_group(TOP), own_weights(model))


def _write_state(file: Any, optimizer: Any) -> None:
    if optimizer is not None and optimizer.built:
        _write_list(file.create_group("optimizer_weights"), optimizer.saved_variables)


def _write_list(group: Any, variables: Iterable[Variable]) -> None:
    names = []
    for name, variable in _named(variables):
        write_array(group, name, host_view(variable))
        names.append(name)
    _write_names(group, "weight_names", names)


def _named(variables: Iterable[Variable]) -> Iterator[tuple[str, Variable]]:
    """Give each variable its path as a name; one that is taken, or within another, gets a number."""
    taken: set[str] = set()
    for number, variable in enumerate(variables):
        name = variable.path
        parts = name.split("/")
        ways = {"/".join(parts[:i]) for i in range(1, len(parts) + 1)}
        if ways & taken or any(other.startswith(f"{name}/") for other in taken):
            name = f"weight_{number}"
        taken.add(name)
        yield name, variable


def _write_names(group: Any, attribute: str, names: list[str]) -> None:
    if len(names) <= _PIECE:
        group.attrs[attribute] = names
        return
    for i in range(0, len(names), _PIECE):
        group.attrs[f"{attribute}{i // _PIECE}"] = names[i : i + _PIECE]
