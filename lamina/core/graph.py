"""Graphs of symbolic tensors: recording a call, and running it again on values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lamina.core import naming, tree
from lamina.core.abstract import infer as infer
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.contract import Spec
from lamina.engine.current import engine


class Node:
    """One call of an operation (a layer, or an op's function) in a graph.

    Attributes:
        operation: what was called.
        arguments: the `(args, kwargs)` it was called with, KerasTensors included. Arrays among them
            became Variables, which follow the engine in force.
        inputs: the KerasTensors among the arguments, in order.
        outputs: tree of KerasTensors (and of what else the call returned).
        name: the operation's; a function's calls are numbered: `relu`, `relu_1`.
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict, outputs: Any):
        self.operation = operation
        self.name: str = getattr(operation, "name", None) or naming.auto_name(operation.__name__)
        args, kwargs = self.arguments = tree.map_structure(_lasting, (args, kwargs))
        self.inputs = [x for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]
        self.outputs = outputs
        for index, output in enumerate(tree.flatten(outputs)):
            if isinstance(output, KerasTensor):
                output.node, output.index = self, index
        if hasattr(operation, "__nodes__"):  # a layer remembers where it was called
            operation.__nodes__.append(self)
        self._only_input = (
            args[0] if len(args) == 1 and not kwargs and isinstance(args[0], KerasTensor) else None
        )

    def call(self, values: dict[int, Any]) -> Any:
        """Call the operation with the KerasTensors replaced by `values[id(tensor)]`."""
        if self._only_input is not None:
            return self.operation(values[id(self._only_input)])

        def fill(x: Any) -> Any:
            return values[id(x)] if isinstance(x, KerasTensor) else x

        args, kwargs = self.arguments
        return self.operation(
            *[tree.map_structure(fill, arg) for arg in args],
            **{name: tree.map_structure(fill, arg) for name, arg in kwargs.items()},
        )


def _lasting(x: Any) -> Any:
    if isinstance(x, engine().array_types):
        return Variable(x, trainable=False, autocast=False, name="constant")
    return x


def record(
    operation: Callable, args: tuple, kwargs: dict, infer_with: Callable | None = None
) -> Any:
    """Call `operation` symbolically: a tree of KerasTensors that remember where they come from."""
    specs = (infer_with or infer)(operation, args, kwargs)
    outputs = tree.map_structure(symbolic_from_spec, specs)
    Node(operation, args, kwargs, outputs)
    return outputs


def symbolic_from_spec(leaf: Any) -> Any:
    """A KerasTensor for a `Spec`; anything else as it is."""
    return KerasTensor(leaf.shape, leaf.dtype) if isinstance(leaf, Spec) else leaf


def ancestors(outputs: Iterable[KerasTensor], inputs: Iterable[KerasTensor]) -> list[Node]:
    """The nodes between `inputs` and `outputs`, those of the inputs included, each after what it needs.

    Nodes farther from the outputs come first; among equals, those met first when walking back
    from the outputs. (Keras' order: layers, and so weights and files, follow it.)

    Raises:
        ValueError: an output needs a tensor that no input leads to.
    """
    known = {id(x): x for x in inputs}
    met: dict[int, Node] = {}
    finished: list[Node] = []
    stack: list[tuple[Any, bool]] = [(x, False) for x in reversed(list(outputs))]
    while stack:  # depth first without recursion: a graph may be deeper than Python's stack
        item, leaving = stack.pop()
        if leaving:
            finished.append(item)
            continue
        node = item.node
        if id(item) not in known and (node is None or not node.inputs):
            raise ValueError(_disconnected(item))
        if node is None or id(node) in met:
            continue
        met[id(node)] = node
        stack.append((node, True))
        if id(item) not in known:
            stack.extend((x, False) for x in reversed(node.inputs))
    # An input that nothing uses still belongs to the graph, before all that is at the outputs.
    unused = {
        id(x.node): x.node for x in known.values() if x.node is not None and id(x.node) not in met
    }
    first = list(unused.values())
    return _by_distance(first + finished, first + list(met.values()), known)


def _by_distance(
    finished: list[Node], met: list[Node], known: dict[int, KerasTensor]
) -> list[Node]:
    distance = {id(node): 0 for node in met}
    farthest: dict[
        int, int
    ] = {}  # of a layer's calls: all of them lie there, for a layer has one place
    for node in reversed(finished):  # consumers before what they consume
        layer = _layer_of(node)
        here = farthest[layer] = distance[id(node)] = max(
            distance[id(node)], farthest.get(layer, 0)
        )
        for x in node.inputs if not _is_input(node, known) else ():
            if x.node is not None:
                distance[id(x.node)] = max(distance[id(x.node)], here + 1)
    place: dict[int, int] = {}
    for i, node in enumerate(met):
        place.setdefault(_layer_of(node), i)
    return sorted(finished, key=lambda node: (-distance[id(node)], place[_layer_of(node)]))


def _layer_of(node: Node) -> int:
    """What has one place in the order: a layer with all its calls; of an op each call by itself."""
    return id(node.operation if hasattr(node.operation, "__nodes__") else node)


def _is_input(node: Node, known: dict[int, KerasTensor]) -> bool:
    return any(id(x) in known for x in tree.flatten(node.outputs))


def _disconnected(tensor: KerasTensor) -> str:
    made_by = getattr(tensor.node.operation, "name", None) if tensor.node else None
    origin = f"the input {made_by!r}" if made_by else "no layer or op"
    return (
        f"The graph is disconnected: the outputs need {tensor!r}, which comes from {origin} and is "
        "not among the model's `inputs`. Add that input to `inputs=`, or build the outputs only "
        "from the inputs given."
    )
