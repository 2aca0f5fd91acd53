"""Graphs as data: the configuration of a functional model, in Keras' form.

Layers are written by their configurations, ops by their names; a call's tensors are written as
`[name of the layer or op, number of its call, number of the output]`.
"""

from __future__ import annotations

from typing import Any

from lamina.core import registry, tree
from lamina.core.graph import Node
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.layers.operation import Operation
from lamina.models import op_entries


def describe(function: Any) -> dict[str, Any]:
    """Return the part of a model's configuration that describes its graph, a `Function`.

    Raises:
        ValueError: the graph calls a function that has no name in files.
    """
    calls: dict[int, list[Node]] = {}  # of each layer and operation; ops are called once each
    for node in function.nodes:
        caller = node.operation if isinstance(node.operation, Operation) else node
        calls.setdefault(id(caller), []).append(node)
    place = {id(node): i for nodes in calls.values() for i, node in enumerate(nodes)}

    def reference(x: Any) -> list[Any]:
        return [x.node.name, place[id(x.node)], x.index]

    def written(x: Any) -> Any:
        if isinstance(x, KerasTensor):
            history = {"shape": list(x.shape), "dtype": x.dtype, "keras_history": reference(x)}
            return {"class_name": "__keras_tensor__", "config": history}
        if isinstance(x, (list, tuple)):
            return [written(part) for part in x]
        if isinstance(x, dict):
            return {name: written(part) for name, part in x.items()}
        return registry.serialize(x.numpy() if isinstance(x, Variable) else x)

    return {
        "layers": [_entry(nodes, written) for nodes in calls.values()],
        "input_layers": tree.map_structure(reference, function.input_structure),
        "output_layers": tree.map_structure(reference, function.output_structure),
    }


def _entry(nodes: list[Node], written: Any) -> dict[str, Any]:
    first = nodes[0]
    if isinstance(first.operation, Operation):
        made = [written(node.arguments) for node in nodes if node.inputs]  # an Input has no call
        inbound = [{"args": args, "kwargs": kwargs} for args, kwargs in made]
        return {**registry.serialize(first.operation), "name": first.name, "inbound_nodes": inbound}
    args, kwargs = first.arguments
    return op_entries.describe(first.operation, args, kwargs, written, first.name)
