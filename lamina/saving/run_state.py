"""What training depends on and Keras' files have no place for: keys of random draws, metrics, counters.

It stands in an archive's member of its own, which Keras does not read: an HDF5 file with the folders
`model`, `optimizer` and `metrics`, each with `vars/0`, `vars/1`, ... in the order of the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lamina.core.tracking import unique
from lamina.core.variable import Variable, assign_all
from lamina.saving.comparing import converted
from lamina.saving.layout import Group
from lamina.saving.stores import Folder, Holding, Tensor
from lamina.saving.stores.holding import as_value


def holdings(model: Any, root: Group, learns: bool) -> list[Holding]:
    """Return what is to be written besides the weights of `root`.

    Args:
        root: the groups of the model's file of weights.
        learns: whether the file tells how the model learns.
    """
    kinds: dict[str, list[Any]] = {**_variables(model, root, learns)}
    if "metrics" in kinds:
        kinds["metrics"] += _of(model.__compiled__.logged()) or model.__compiled__.kept
    return [
        Holding(kind, None, {str(i): as_value(x, f"{kind}/{i}") for i, x in enumerate(values)})
        for kind, values in kinds.items()
        if values
    ]


def put(model: Any, root: Group, folder: Folder) -> list[str]:
    """Give a model, whose weights are loaded, the rest of its state; metrics that wait for data get theirs then.

    Returns:
        What was left out, a sentence each.
    """
    compiled, left, pairs = model.__compiled__, [], list[tuple[Variable, Tensor]]()
    for kind, variables in _variables(model, root, learns=compiled is not None).items():
        tensors = _tensors(folder.folder(kind))
        if kind == "metrics":
            tensors, later = tensors[: len(variables)], tensors[len(variables) :]
            model.__compiled__ = replace(compiled, kept=tuple(tensor.read() for tensor in later))
        if [t.shape for t in tensors] == [v.shape for v in variables]:
            pairs += zip(variables, tensors, strict=True)
        else:
            left.append(f"the state of the {kind} beside its weights: the file's does not fit")
    assign_all([v for v, _ in pairs], (converted(tensor, v) for v, tensor in pairs))
    return left


def _variables(model: Any, root: Group, learns: bool) -> dict[str, list[Variable]]:
    """Return the variables that are there before there are data, by kind, but for those that `root` has."""
    placed = {id(variable) for group in root.all() for variable in group.variables}
    kinds = {"model": [v for v in model.variables if id(v) not in placed]}
    if learns and model.__compiled__ is not None:
        optimizer, logged = model.optimizer.variables, model.__compiled__.logged()
        kinds["optimizer"] = [v for v in optimizer if id(v) not in placed]
        kinds["metrics"] = _of(metric for metric in model.metrics if metric not in logged)
    return kinds


def _of(metrics: Iterable[Any]) -> list[Variable]:
    return unique(v for metric in metrics for v in metric.variables)


def _tensors(folder: Folder | None) -> list[Tensor]:
    own = folder.folder("vars") if folder is not None else None
    return [own.tensor(str(i)) for i in range(len(own))] if own is not None else []
