"""What a picture of a model shows: a box for each call of a layer or op, with lines of text, and edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lamina.core import tree
from lamina.core.graph import Node
from lamina.core.shown import printable
from lamina.training.summary import chosen

_LONGEST = 48  # characters of a line; longer names are cut


@dataclass(frozen=True)
class Shown:
    """What boxes tell; the names are the arguments of `plot_model`."""

    show_shapes: bool = False
    show_dtype: bool = False
    show_layer_names: bool = False
    show_layer_activations: bool = False
    show_trainable: bool = False
    expand_nested: bool = False
    layer_range: Sequence[str] | None = None


@dataclass(eq=False)
class Box:
    """One call of a layer or op.

    Attributes:
        name: of the layer.
        kind: its class, or the op's name: the title.
        look: `"input"`, `"weights"` (it has some), `"plain"` or `"model"`.
        lines: of text below the title.
        inner: the graph of a model within the model.
    """

    name: str
    kind: str
    look: str
    lines: list[str]
    inner: Diagram | None = None


@dataclass(eq=False)
class Diagram:
    """Boxes in the order of execution, and edges: pairs of their numbers, the lower one first."""

    name: str
    boxes: list[Box]
    edges: list[tuple[int, int]]


def diagram_of(model: Any, shown: Shown) -> Diagram:
    """Return what a picture of `model` shows.

    Raises:
        ValueError: the model is not built, or `layer_range` names no layers.
    """
    if not model.built:
        raise ValueError(
            f"The model {printable(model.name)!r} is not built, so its graph is not known. Build the model first "
            "by calling `build(input_shape)`, or call it on a batch of data."
        )
    nodes = _shown_nodes(model)
    calls = Counter(id(node.operation) for node in nodes)
    met: Counter[int] = Counter()
    boxes, kept = [], []
    for node in nodes:
        met[id(node.operation)] += 1
        number = met[id(node.operation)], calls[id(node.operation)]
        boxes.append(_box(node.operation, node, shown, number))
    if not nodes:  # nobody knows what its `call` does
        boxes = [_box(model, None, shown, (1, 1))]
    kept = chosen(boxes, shown.layer_range, "plot_model")
    numbers = {id(box): i for i, box in enumerate(kept)}
    places = {
        id(node): numbers[id(box)]
        for node, box in zip(nodes, boxes, strict=False)
        if id(box) in numbers
    }
    edges = {
        (places[id(x.node)], places[id(node)]): None
        for node in nodes
        for x in node.inputs
        if id(node) in places and id(x.node) in places
    }
    return Diagram(printable(model.name), kept, list(edges))


def _shown_nodes(model: Any) -> list[Node]:
    nodes = model.__calls__()
    if any(kind.__name__ == "Sequential" for kind in type(model).__mro__):
        return [node for node in nodes if node.inputs]  # a stack does not show its Input
    return nodes


def _box(operation: Any, node: Node | None, shown: Shown, number: tuple[int, int]) -> Box:
    is_layer = hasattr(operation, "weights")
    kind = type(operation).__name__ if is_layer else operation.__name__
    name = operation.name if is_layer or node is None else node.name
    inner = _inner(operation, shown) if shown.expand_nested else None
    if kind == "InputLayer":
        look = "input"
    elif inner is not None or hasattr(operation, "__calls__"):
        look = "model"
    else:
        look = "weights" if is_layer and operation.weights else "plain"
    lines = [name] if shown.show_layer_names and name != kind else []
    if is_layer and number[1] > 1:
        lines.append(f"call {number[0]} of {number[1]}")
    lines += _details(operation, node, shown)
    return Box(name, _short(kind), look, [_short(line) for line in lines], inner)


def _details(operation: Any, node: Node | None, shown: Shown) -> Iterable[str]:
    tensors = [] if node is None else [x for x in tree.flatten(node.outputs) if hasattr(x, "shape")]
    if shown.show_shapes and node is not None:
        if node.inputs:
            yield f"in: {_counted(tuple(x.shape) for x in node.inputs)}"
        yield f"out: {_counted(tuple(x.shape) for x in tensors)}"
    if shown.show_dtype and tensors:
        yield f"dtype: {_counted(x.dtype for x in tensors)}"
    activation = getattr(operation, "activation", None)
    if shown.show_layer_activations and activation is not None:
        yield f"activation: {getattr(activation, '__name__', type(activation).__name__)}"
    if shown.show_trainable and getattr(operation, "weights", None):
        yield "trainable" if operation.trainable else "frozen"


def _counted(values: Iterable[Any]) -> str:
    counts = Counter(map(str, values))
    return ", ".join(text if n == 1 else f"{n} × {text}" for text, n in counts.items())


def _inner(operation: Any, shown: Shown) -> Diagram | None:
    """The graph within a model, or within a layer around one; `None` where there is none."""
    model = operation if hasattr(operation, "__calls__") else getattr(operation, "layer", None)
    if not hasattr(model, "__calls__") or not _shown_nodes(model):
        return None
    return diagram_of(model, replace(shown, layer_range=None))


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
