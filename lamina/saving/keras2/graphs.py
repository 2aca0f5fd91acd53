"""Graphs of Keras 2's models as Keras 3 writes them: from data to data.

Keras 2 wrote the calls of a layer as lists of tensors, `[name of the layer, number of its call, number
of the output, keywords of this call]`; Keras 3 writes their arguments.
"""

from __future__ import annotations

from typing import Any

from lamina.saving.keras2.tensorflow_ops import as_op

# Of these, further tensors of a call are the states to begin with.
_WITH_STATES = (
    "RNN",
    "SimpleRNN",
    "LSTM",
    "GRU",
    "Bidirectional",
    *(f"ConvLSTM{n}D" for n in "123"),
)
_CONSTANT = "_CONSTANT_VALUE"


def modern(config: dict[str, Any]) -> dict[str, Any]:
    """Convert the calls of all layers, and the references to inputs and outputs."""
    if not any(map(_is_old, config["layers"])):
        return config
    names = {name for layer in config["layers"] if isinstance(name := layer.get("name"), str)}
    ends = {end: _ends(config[end]) for end in ("input_layers", "output_layers")}
    return {**config, "layers": [_layer(layer, names) for layer in config["layers"]], **ends}


def _ends(references: Any) -> Any:
    """Take the one reference out of a list: Keras 2 wrote a list in any case."""
    lonely = isinstance(references, list) and len(references) == 1
    return references[0] if lonely and isinstance(references[0], list) else references


def _is_old(layer: dict[str, Any]) -> bool:
    """Tell whether the calls of a layer are written as Keras 2 writes them."""
    calls = layer.get("inbound_nodes")
    return isinstance(calls, list) and not all(
        isinstance(call, dict) and "args" in call for call in calls
    )


def _layer(layer: dict[str, Any], names: set[str]) -> dict[str, Any]:
    if not _is_old(layer):
        return layer
    of_class = layer.get("class_name")
    calls = [_call(call, of_class, names) for call in layer["inbound_nodes"]]
    if of_class in ("TFOpLambda", "SlicingOpLambda"):
        return as_op(layer, calls)
    return {**layer, "inbound_nodes": calls}


def _call(call: Any, of_class: Any, names: set[str]) -> dict[str, Any]:
    keywords: dict[str, Any] = {}
    first = _tensors(call, keywords)
    keywords = {name: _argument(value, names) for name, value in keywords.items()}
    if isinstance(first, list) and len(first) == 1:
        first = first[0]
    if isinstance(first, list) and first and of_class in _WITH_STATES:
        first, states = first[0], first[1:]
        keywords["initial_state"] = states
        keywords = {k: v for k, v in keywords.items() if k != "constants" or v is not None}
    return {"args": [first], "kwargs": keywords}


def _tensors(call: Any, keywords: dict[str, Any]) -> Any:
    """Return the first argument of a call in its structure; its keywords go into `keywords`."""
    match call:
        case [str(name), int(number), index, *rest] if name == _CONSTANT or isinstance(index, int):
            if rest and isinstance(rest[0], dict):
                keywords.update(rest[0])
            return index if name == _CONSTANT else _tensor(name, number, index)
        case list():
            return [_tensors(part, keywords) for part in call]
        case dict():
            return {name: _tensors(part, keywords) for name, part in call.items()}
    return call


def _argument(value: Any, names: set[str]) -> Any:
    """Return the value of a keyword; three entries that name a layer are one of its outputs."""
    match value:
        case [str(name), int(number), int(index)] if name in names:
            return _tensor(name, number, index)
        case list():
            return [_argument(part, names) for part in value]
        case dict():
            return {name: _argument(part, names) for name, part in value.items()}
    return value


def _tensor(name: str, number: int, index: int) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, number, index]}}
