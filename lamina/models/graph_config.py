"""Graphs as data: the configuration of a functional model, in Keras' form, and back.

Layers are written by their configurations, ops by their names; a call's tensors are written as
`[name of the layer or op, number of its call, number of the output]`.
"""

from __future__ import annotations

from typing import Any

from lamina.core import registry, tree
from lamina.core.graph import Node
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.layers.layer import Layer
from lamina.models import op_entries


def describe(function: Any) -> dict[str, Any]:
    """Return the part of a model's configuration that describes its graph, a `Function`.

    Raises:
        ValueError: the graph calls a function that has no name in files.
    """
    calls: dict[int, list[Node]] = {}  # of each layer; ops are called once each
    for node in function.nodes:
        caller = node.operation if isinstance(node.operation, Layer) else node
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
    if isinstance(first.operation, Layer):
        made = [written(node.arguments) for node in nodes if node.inputs]  # an Input has no call
        inbound = [{"args": args, "kwargs": kwargs} for args, kwargs in made]
        return {**registry.serialize(first.operation), "name": first.name, "inbound_nodes": inbound}
    args, kwargs = first.arguments
    return op_entries.describe(first.operation, args, kwargs, written, first.name)


def rebuild(config: dict[str, Any]) -> tuple[Any, Any]:
    """Make the inputs and outputs of the graph that `describe`, or Keras, wrote.

    Raises:
        ValueError: the configuration names something unknown, or calls refer to each other in a circle.
    """
    begin = _first_numbers(config)
    operations = {entry["name"]: _operation(entry) for entry in config["layers"]}
    calls = {entry["name"]: entry["inbound_nodes"] for entry in config["layers"]}
    results: dict[tuple[str, int], list[Any]] = {
        (name, begin[name]): tree.flatten(operation.output)
        for name, operation in operations.items()
        if isinstance(operation, Layer) and not calls[name]
    }
    waiting = [
        (name, number, call)
        for name, of_name in calls.items()
        for number, call in enumerate(of_name, begin[name])
    ]
    while waiting:
        ready = [call for call in waiting if _needs(call[2]) <= results.keys()]
        if not ready:
            raise ValueError(
                f"The calls of {sorted({name for name, _, _ in waiting})} refer to tensors that nothing computes."
            )
        for name, number, call in ready:
            args, kwargs = _read(call["args"], results), _read(call["kwargs"], results)
            results[name, number] = tree.flatten(operations[name](*args, **kwargs))
        waiting = [call for call in waiting if call not in ready]
    return (_tensors(config["input_layers"], results), _tensors(config["output_layers"], results))


def _first_numbers(config: dict[str, Any]) -> dict[str, int]:
    """Return the number of each operation's first call.

    It is 0, but Keras counts the making of a nested model as the model's first call.
    """
    most: dict[str, int] = {}
    ends = [*_references(config["input_layers"]), *_references(config["output_layers"])]
    calls_of = {entry["name"]: entry["inbound_nodes"] for entry in config["layers"]}
    for name, number in {*_needs(calls_of), *((name, n) for name, n, _ in ends)}:
        most[name] = max(number, most.get(name, 0))
    counts = {name: max(len(calls), 1) for name, calls in calls_of.items()}
    return {name: max(most.get(name, 0) - count + 1, 0) for name, count in counts.items()}


def _references(structure: Any) -> list[Any]:
    if isinstance(structure, dict):
        structure = list(structure.values())
    if structure and isinstance(structure[0], str):
        return [structure]
    return [reference for part in structure for reference in _references(part)]


def _operation(entry: dict[str, Any]) -> Any:
    """Make a layer, or the function that applies an op with its settings."""
    if not op_entries.is_op(entry):
        return registry.deserialize({k: v for k, v in entry.items() if k != "inbound_nodes"})
    apply = op_entries.applied(entry)

    def named(*args: Any, **kwargs: Any) -> Any:
        outputs = apply(*args, **kwargs)
        tree.flatten(outputs)[0].node.name = entry["name"]
        return outputs

    return named


def _history(x: Any) -> tuple[str, int, int] | None:
    if isinstance(x, dict) and x.get("class_name") == "__keras_tensor__":
        name, number, index = x["config"]["keras_history"]
        return str(name), int(number), int(index)
    return None


def _needs(call: Any) -> set[tuple[str, int]]:
    """Return the calls whose results a call's arguments hold."""
    if (history := _history(call)) is not None:
        return {history[:2]}
    parts = call.values() if isinstance(call, dict) else call if isinstance(call, list) else ()
    return set().union(*(_needs(part) for part in parts))


def _read(x: Any, results: dict[tuple[str, int], list[Any]]) -> Any:
    if (history := _history(x)) is not None:
        return results[history[:2]][history[2]]
    if isinstance(x, list):
        return [_read(part, results) for part in x]
    if isinstance(x, dict) and "class_name" not in x:
        return {name: _read(part, results) for name, part in x.items()}
    return registry.deserialize(x)


def _tensors(references: Any, results: dict[tuple[str, int], list[Any]]) -> Any:
    if isinstance(references, dict):
        return {name: _tensors(part, results) for name, part in references.items()}
    if references and isinstance(references[0], str):
        name, number, index = references
        return results[name, number][index]
    return [_tensors(part, results) for part in references]
