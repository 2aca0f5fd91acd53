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
    """One call of an operation in a graph: of a layer, or of an op's function.

    An operation that declares a list `__nodes__`, as layers do, remembers its calls there, and all
    its calls have one place in the order of a graph.

    Attributes:
        operation: the callable.
        arguments: the `(args, kwargs)` of the call, KerasTensors included. Arrays among them
            became Variables, which follow the engine in force.
        inputs: the KerasTensors among the arguments, in order.
        outputs: tree of KerasTensors (and of other things that the call returned).
        name: the operation's; the calls of a function are numbered: `relu`, `relu_1`.
    """

    __slots__ = ("_only_input", "arguments", "inputs", "name", "operation", "outputs")

    def __init__(self, operation: Any, args: tuple, kwargs: dict, outputs: Any):
        self.operation = operation
        self.name: str = getattr(operation, "name", None) or naming.auto_name(operation.__name__)
        args, kwargs = self.arguments = tree.map_structure(_lasting, (args, kwargs))
        self.inputs = [x for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]
        self.outputs = outputs
        for index, output in enumerate(tree.flatten(outputs)):
            if isinstance(output, KerasTensor):
                output.node, output.index = self, index
        if _has_one_place(operation):
            operation.__nodes__.append(self)
        alone = len(args) == 1 and not kwargs and isinstance(args[0], KerasTensor)
        self._only_input = args[0] if alone else None

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


def _has_one_place(operation: Any) -> bool:
    return hasattr(operation, "__nodes__")


def _lasting(x: Any) -> Any:
    if isinstance(x, engine().array_types):
        return Variable(x, trainable=False, autocast=False, name="constant")
    return x


def record(
    operation: Callable, args: tuple, kwargs: dict, infer_with: Callable | None = None
) -> Any:
    """Call `operation` symbolically; return a tree of KerasTensors that remember this call.

    Args:
        infer_with: `(operation, args, kwargs) -> tree of Spec`, instead of an abstract evaluation.
    """
    specs = (infer_with or infer)(operation, args, kwargs)
    outputs = tree.map_structure(symbolic_from_spec, specs)
    Node(operation, args, kwargs, outputs)
    return outputs


def symbolic_from_spec(leaf: Any) -> Any:
    """Return a KerasTensor for a `Spec`, anything else as it is."""
    return KerasTensor(leaf.shape, leaf.dtype, leaf.sparse) if isinstance(leaf, Spec) else leaf


def ancestors(outputs: Iterable[KerasTensor], inputs: Iterable[KerasTensor]) -> list[Node]:
    """List the nodes from `inputs` to `outputs`, those of the inputs included, in order of execution.

    Nodes farther from the outputs come first; among equals, those met first when walking back
    from the outputs. (This is Keras' order: layers, and so weights and files, follow it.)

    Raises:
        ValueError: an output needs a tensor that no input leads to.
    """
    begin = {id(x): x for x in inputs}
    met: dict[int, Node] = {}
    finished: list[Node] = []
    stack: list[tuple[Any, bool]] = [(x, False) for x in reversed(list(outputs))]
    while stack:  # depth first without recursion: a graph may be deeper than Python's stack
        item, leaving = stack.pop()
        if leaving:
            finished.append(item)
            continue
        node = item.node
        if id(item) not in begin and (node is None or not node.inputs):
            raise ValueError(_disconnected(item))
        if node is None or id(node) in met:
            continue
        met[id(node)] = node
        stack.append((node, True))
        if id(item) not in begin:
            stack.extend((x, False) for x in reversed(node.inputs))
    # An input that nothing uses still belongs to the graph. It comes before the outputs' nodes.
    unused = {
        id(x.node): x.node for x in begin.values() if x.node is not None and id(x.node) not in met
    }
    first = list(unused.values())
    return _by_distance(first + finished, first + list(met.values()), begin)


def get_source_inputs(tensor: Any) -> list[Any]:
    """Return the symbolic tensors from which a graph leads to `tensor`, each once.

    Args:
        tensor: a KerasTensor, or a tree of them.

    Returns:
        Tensors of `Input`; what has no place in a graph stands for itself.

    Example:
        >>> import lamina
        >>> a, b = lamina.Input((2,), name="a"), lamina.Input((2,), name="b")
        >>> [x.name for x in lamina.utils.get_source_inputs(a + b)]
        ['a', 'b']
    """
    sources: dict[int, Any] = {}
    met: set[int] = set()
    stack = tree.flatten(tensor)[::-1]
    while stack:
        x = stack.pop()
        node = getattr(x, "node", None)
        if node is None or not node.inputs:
            sources[id(x)] = x
        elif id(node) not in met:
            met.add(id(node))
            stack.extend(reversed(node.inputs))
    return list(sources.values())


def _by_distance(
    finished: list[Node], met: list[Node], begin: dict[int, KerasTensor]
) -> list[Node]:
    """Sort `finished` by the distance from the outputs, then by the order in which they were `met`."""
    distance = {id(node): 0 for node in met}
    farthest: dict[int, int] = {}  # the distance of the farthest call at each place
    for node in reversed(finished):  # consumers before their inputs
        place = _place(node)
        here = max(distance[id(node)], farthest.get(place, 0))
        farthest[place] = distance[id(node)] = here
        for x in node.inputs if not _is_input(node, begin) else ():
            if x.node is not None:
                distance[id(x.node)] = max(distance[id(x.node)], here + 1)
    first_met: dict[int, int] = {}
    for i, node in enumerate(met):
        first_met.setdefault(_place(node), i)
    return sorted(finished, key=lambda node: (-distance[id(node)], first_met[_place(node)]))


def _place(node: Node) -> int:
    """Return a key: one for all calls of a layer, one for each call of an op."""
    return id(node.operation if _has_one_place(node.operation) else node)


def _is_input(node: Node, begin: dict[int, KerasTensor]) -> bool:
    return any(id(x) in begin for x in tree.flatten(node.outputs))


def _disconnected(tensor: KerasTensor) -> str:
    origin = f"the input {tensor.node.name!r}" if tensor.node else "no layer or op"
    return (
        f"The graph is disconnected: the outputs need {tensor!r}, which comes from {origin} and is "
        "not among the model's `inputs`. Add it to `inputs=`, or make the outputs from the inputs only."
    )
