"""Graphs of symbolic tensors: recording a call, inferring its result, running it again on values.

No operation says how its shape follows from its inputs'. The engine evaluates it abstractly, once
for each of two stand-ins for the unknown sizes; a size that differs between the two is unknown in
the result as well. All unknown sizes share a stand-in, so that two inputs' batches are one size.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lamina.core import tree
from lamina.core.scope import StatelessScope
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.contract import Spec
from lamina.engine.current import engine

# For unknown sizes. Multiples of 240, so that usual strides, pools and reshapes divide both; never 1, which broadcasts.
STAND_INS = (720, 1200)


class Node:
    """One call of an operation (a layer, or an op's function) in a graph.

    Attributes:
        operation: what was called.
        arguments: the `(args, kwargs)` it was called with, KerasTensors included. Arrays among them
            became Variables, which follow the engine in force.
        inputs: the KerasTensors among the arguments, in order.
        outputs: tree of KerasTensors (and of what else the call returned).
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict, outputs: Any):
        self.operation = operation
        args, kwargs = self.arguments = tree.map_structure(_lasting, (args, kwargs))
        self.inputs = [x for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]
        self.outputs = outputs
        for index, output in enumerate(tree.flatten(outputs)):
            if isinstance(output, KerasTensor):
                output.node, output.index = self, index
        if hasattr(operation, "_inbound"):  # a layer remembers where it was called
            operation._inbound.append(self)
        self._only_input = (
            args[0] if len(args) == 1 and not kwargs and isinstance(args[0], KerasTensor) else None
        )

    @property
    def name(self) -> str:
        """The name of what was called."""
        return getattr(self.operation, "name", None) or self.operation.__name__

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


def infer(fn: Callable, args: tuple, kwargs: dict, variables: Sequence[Variable] = ()) -> Any:
    """What `fn` returns, with a `Spec` for every array, without computing any.

    Args:
        args, kwargs: arguments of `fn`; KerasTensors among them stand for arrays.
        variables: those that `fn` reads; they enter as shapes and dtypes, too.
    """
    inputs = [x for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]

    def run(values: list, weights: list) -> Any:
        remaining = iter(values)

        def fill(x: Any) -> Any:
            return next(remaining) if isinstance(x, KerasTensor) else x

        filled_args, filled_kwargs = tree.map_structure(fill, [args, kwargs])
        with StatelessScope(zip(variables, weights, strict=True), collect_losses=True):
            return fn(*filled_args, **filled_kwargs)

    def evaluate(stand_in: int) -> Any:
        known = [
            Spec(tuple(stand_in if n is None else n for n in x.shape), x.dtype) for x in inputs
        ]
        try:
            return engine().abstract(run, known, [Spec(v.shape, v.dtype) for v in variables])
        except Exception as error:
            _without_stand_in(error, stand_in)
            raise

    first = evaluate(STAND_INS[0])
    if all(None not in x.shape for x in inputs):
        return first
    second = evaluate(STAND_INS[1])
    if not tree.same_structure(first, second):
        raise ValueError(
            "how many tensors it gives depends on a size that is unknown. Say how many (`num=` of "
            "ops.unstack), or give the input a known size."
        )
    return tree.map_structure(_unify, first, second)


def _without_stand_in(error: Exception, stand_in: int) -> None:
    """The user knows of no stand-ins: where the error speaks of one, let it say `None`."""

    def said(x: Any) -> Any:
        return re.sub(rf"\b{stand_in}\b", "None", x) if isinstance(x, str) else x

    error.args = (*map(said, error.args[:1]), *error.args[1:])
    if hasattr(error, "__notes__"):
        error.__notes__ = [said(note) for note in error.__notes__]


def _unify(one: Any, other: Any) -> Any:
    if not isinstance(one, Spec):
        return one
    shape = tuple(n if n == m else None for n, m in zip(one.shape, other.shape, strict=True))
    return Spec(shape, one.dtype)


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
    return id(node.operation if hasattr(node.operation, "_inbound") else node)


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
