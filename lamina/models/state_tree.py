"""All values of a model's training as nested dicts, by the parts of the variables' paths."""

from __future__ import annotations

from typing import Any

from lamina.core.choices import one_of
from lamina.core.variable import Variable

_FORMATS = ("backend_tensor", "numpy_array")


def of_model(model: Any) -> dict[str, list[Variable]]:
    """Return the variables of a model, its optimizer and its metrics, by the name of their part."""
    return {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": [] if model.optimizer is None else model.optimizer.variables,
        "metrics_variables": model.metrics_variables,
    }


def taken(model: Any, value_format: str) -> dict[str, Any]:
    """Return the values in nested dicts; see `Model.get_state_tree`."""
    one_of("Model.get_state_tree", "value_format", value_format, _FORMATS)
    tree: dict[str, Any] = {}
    for part, variables in of_model(model).items():
        tree[part] = {}
        for variable in variables:
            *above, name = variable.path.split("/")
            place = tree[part]
            for step in above:
                place = place.setdefault(step, {})
            place[name] = variable.value if value_format == "backend_tensor" else variable.numpy()
    return tree


def given_back(model: Any, tree: dict[str, Any]) -> None:
    """Assign values as `taken` returns them; what a tree lacks stays.

    Raises:
        ValueError: the tree has a part or a path that the model lacks; nothing is assigned.
    """
    parts = of_model(model)
    if unknown := sorted(tree.keys() - parts.keys()):
        raise ValueError(f"Model.set_state_tree: there are no {unknown}; there are {list(parts)}.")
    values = {part: dict(_paths(branch)) for part, branch in tree.items()}
    by_path = {part: {v.path: v for v in parts[part]} for part in tree}
    if unknown := [path for part in tree for path in values[part].keys() - by_path[part].keys()]:
        raise ValueError(
            f"Model.set_state_tree: the model has no variables {sorted(unknown)[:10]}."
        )
    for part in tree:
        for path, value in values[part].items():
            by_path[part][path].assign(value)


def _paths(branch: dict[str, Any], above: str = "") -> Any:
    for name, value in branch.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{name}/")
        else:
            yield above + name, value
