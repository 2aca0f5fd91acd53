"""Weights in legacy `.h5` files: each layer of the model has a list, those that train first."""

from __future__ import annotations

from typing import Any

from lamina.core.file_errors import FormatError, quoted
from lamina.core.variable import Variable
from lamina.layers.weights import own_weights, sublayers
from lamina.saving.comparing import Plan, difference
from lamina.saving.legacy.groups import names_in, subgroup, tensors_in
from lamina.saving.stores.hdf5 import Group
from lamina.saving.stores.tree import Tensor

TOP = "top_level_model_weights"  # the weights that the model itself holds, not a layer of it


def weights_group(root: Group) -> Group:
    """Return the group with the weights: of a file of a whole model one within it.

    Raises:
        FormatError: there is none.
    """
    inner = root.folder("model_weights") if root.text("layer_names") is None else root
    if isinstance(inner, Group) and names_in(inner, "layer_names") is not None:
        return inner
    if names_in(root, "layer_names") is not None:
        return root
    raise FormatError("It holds no weights of Keras: there is no list of layers, `layer_names`.")


def layers_in(group: Group) -> dict[str, dict[str, Tensor]]:
    """Return the weights of each layer by name, in the order of the file; `group` is that of `weights_group`."""
    names = names_in(group, "layer_names") or []
    layers = {name: tensors_in(subgroup(group, name, "layer_names")) for name in names}
    for name in group.names(len(group)):
        if name not in layers and name != TOP:
            raise FormatError(
                f"{quoted(group.path or '/')} holds {quoted(name)}, which layer_names lacks."
            )
    return layers


def top_in(group: Group) -> dict[str, Tensor]:
    """Return the weights that the model itself holds, not a layer of it."""
    return tensors_in(subgroup(group, TOP, "The file")) if TOP in group else {}


def layer_weights(layer: Any) -> list[Variable]:
    """Return the weights of a layer in the order of legacy files."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def compare(model: Any, group: Group, by_name: bool = False) -> Plan:
    """Pair the weights of `model` with those in the file; values are not read yet.

    Args:
        by_name: pair layers by their names, and leave others as they are; else by their order.
    """
    plan = Plan()
    stored = layers_in(group)
    if by_name:
        for layer in sublayers(model):
            if layer.name in stored:
                _pair(_described(layer), layer_weights(layer), stored[layer.name], plan)
    else:
        _by_order(model, {name: tensors for name, tensors in stored.items() if tensors}, plan)
    own = own_weights(model)
    if tensors := top_in(group):
        _pair("the model itself", own, tensors, plan)
    elif own and not by_name:
        plan.problems.append(f"the model itself: {len(own)} weights in the model, none in the file")
    return plan


def _by_order(model: Any, stored: dict[str, dict[str, Tensor]], plan: Plan) -> None:
    layers = [layer for layer in sublayers(model) if layer.weights]
    if len(layers) != len(stored):
        names = ", ".join(map(quoted, list(stored)[:10]))
        plan.problems.append(
            f"the model has {len(layers)} layers with weights, the file {len(stored)}: {names}"
        )
        return
    for layer, (name, tensors) in zip(layers, stored.items(), strict=True):
        described = _described(layer) + (f", {quoted(name)} in the file" * (layer.name != name))
        _pair(described, layer_weights(layer), tensors, plan)


def _described(layer: Any) -> str:
    return f"{type(layer).__name__} {layer.name!r}"


def _pair(owner: str, variables: list[Variable], tensors: dict[str, Tensor], plan: Plan) -> None:
    """Pair all weights of one layer, or none."""
    if len(variables) != len(tensors):
        plan.problems.append(
            f"{owner}: {len(variables)} weights in the model, {len(tensors)} in the file"
        )
        return
    pairs = list(zip(variables, tensors.values(), strict=True))
    problems = [f"{owner}: {wrong}" for v, tensor in pairs if (wrong := difference(v, tensor))]
    plan.problems += problems
    plan.pairs += [] if problems else pairs
