"""`HostStage`: the parts of a graph that NumPy computes before the compiled step, and behind it.

Operations that say `runs_on_host` (text layers, lookups), and all that they need, are computed by NumPy;
the rest of the graph begins at the tensors that it takes from them, the first numeric ones. A nested model
may have such a part, too: then it is cut where that one is.

Operations on the host that need what learns (inverse lookups), and all that needs them, are the tail: `predict`
lets the step end before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from lamina.core import tree
from lamina.core.scope import stateless
from lamina.core.sparse import Sparse
from lamina.core.sparse_rows import SparseRows
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import to_host, using
from lamina.strings.texts import to_array

if TYPE_CHECKING:
    from lamina.core.graph import Node


class Staged(NamedTuple):
    """What a host stage hands on: the values of the tensors at which the rest of the graph begins."""

    values: list[Any]


class ToTail(NamedTuple):
    """The same for a step that ends before the tail."""

    values: list[Any]


class Unfinished(NamedTuple):
    """What such a step returns: the values of the tensors at which the tail begins."""

    values: list[Any]


class HostStage:
    """The first part of `function`, the way from there on, and its tail.

    Args:
        function: a graph with an operation that runs on the host.
        before: the nodes of the first part.
        tail: the nodes behind the step.
    """

    def __init__(self, function: Any, before: list[Node], tail: list[Node]):
        done = set(map(id, before))
        self.function, self.before, self.tail = function, before, tail
        self.after = [node for node in function.steps if id(node) not in done]
        made = {id(x): x for x in function.inputs} | {
            id(x): x for node in before for x in tree.flatten(node.outputs)
        }
        self.nested = [node for node in self.after if _begins_on_host(node, made)]
        begun = set(map(id, self.nested))
        needed = [x for node in self.after if id(node) not in begun for x in node.inputs]
        ends = {id(x): x for x in [*needed, *function.outputs] if id(x) in made}
        self.cut: list[KerasTensor] = list(ends.values())
        last = {id(x) for node in tail for x in tree.flatten(node.outputs)}
        needed = [*(x for node in tail for x in node.inputs), *function.outputs]
        self.tail_cut: list[KerasTensor] = list(
            {id(x): x for x in needed if id(x) not in last}.values()
        )

    @property
    def begins_the_graph(self) -> bool:
        """Whether the graph has a first part on the host."""
        return bool(self.before or self.nested)

    def __call__(self, inputs: Any) -> Staged:
        """Return what the rest begins with, NumPy arrays, for `inputs` in the structure of the graph's."""
        values = dict(zip(map(id, self.function.inputs), tree.flatten(inputs), strict=True))
        with using("numpy"):
            run(self.before, values)
            results = [_on_the_host(values[id(x)]) for x in self.cut]
        for node in self.nested:
            stage = _stage_of(node.operation)
            (inner,), _ = tree.map_structure(
                lambda x: values[id(x)] if isinstance(x, KerasTensor) else x, node.arguments
            )
            results.append(stage(node.operation.__bind__(inner)))  # type: ignore[misc]
        return Staged(results)

    def to_tail(self, inputs: Any) -> ToTail:
        """Return the same for a step that ends before the tail."""
        return ToTail(self(inputs).values)

    def symbolic(self) -> Staged:
        """Return KerasTensors like those with which the rest begins."""
        nested = [_stage_of(node.operation).symbolic() for node in self.nested]  # type: ignore[union-attr]
        return Staged([*(KerasTensor(x.shape, x.dtype, x.sparse) for x in self.cut), *nested])

    def finish(self, staged: Staged | ToTail) -> Any:
        """Return the outputs of the graph for what its first part gave, or what its tail needs for them."""
        values = dict(zip(map(id, self.cut), staged.values, strict=False))
        given = {
            id(node): value
            for node, value in zip(self.nested, staged.values[len(self.cut) :], strict=True)
        }
        to_tail = isinstance(staged, ToTail)
        left = set(map(id, self.tail)) if to_tail else ()
        for node in self.after:
            if id(node) in left:
                continue
            if id(node) in given:
                put(values, node, node.operation(given[id(node)]))
            else:
                run([node], values)
        if to_tail:
            return Unfinished([values[id(x)] for x in self.tail_cut])
        return tree.map_structure(lambda x: values[id(x)], self.function.output_structure)

    def complete(self, unfinished: Unfinished) -> Any:
        """Return the outputs of the graph, NumPy arrays, for what the tail needs."""
        values = dict(zip(map(id, self.tail_cut), map(as_numpy, unfinished.values), strict=True))
        with using("numpy"):
            run(self.tail, values)
        return tree.map_structure(lambda x: values[id(x)], self.function.output_structure)


def _on_the_host(x: Any) -> Any:
    return SparseRows(x.to_scipy()) if isinstance(x, Sparse) else x


def host_stage(function: Any) -> HostStage | None:
    """Return the first part of a graph, and its tail, if something in it runs on the host."""
    on_host = [node for node in function.steps if _has_part_on_host(node.operation)]
    if not on_host:
        return None
    needed: set[int] = set()
    for node in on_host:
        above = _needed_by(node, function)
        if not any(_learns(x.operation) for x in above):  # else it is computed behind what learns
            needed |= {id(x) for x in above}
    before = [node for node in function.steps if id(node) in needed]
    stage = HostStage(function, before, _tail(function, needed))
    return stage if stage.before or stage.nested or stage.tail else None


def _tail(function: Any, before: set[int]) -> list[Node]:
    """Return what runs on the host behind the first part, and all that needs it; nothing, if that learns."""
    tail: list[Node] = []
    made: set[int] = set()
    for node in function.steps:
        on_host = getattr(node.operation, "runs_on_host", False) and id(node) not in before
        if on_host or any(id(x) in made for x in node.inputs):
            tail.append(node)
            made |= {id(x) for x in tree.flatten(node.outputs)}
    return [] if any(_learns(node.operation) for node in tail) else tail


def _needed_by(node: Node, function: Any) -> list[Node]:
    """Return a node with all on which it depends; of a model with a part for the device only that."""
    begin = {id(x) for x in function.inputs}
    above: dict[int, Node] = {}
    stack = [node]
    while stack:
        one = stack.pop()
        above[id(one)] = one
        stack += [x.node for x in one.inputs if id(x) not in begin and id(x.node) not in above]
    if _stage_of(node.operation) is not None:
        del above[id(node)]
    return list(above.values())


def _learns(operation: Any) -> bool:
    return bool(getattr(operation, "trainable_variables", ()))


def _begins_on_host(node: Node, made: dict[int, Any]) -> bool:
    """Tell whether a node calls a model with a host stage of its own, on what is there by then."""
    return _stage_of(node.operation) is not None and all(id(x) in made for x in node.inputs)


def _has_part_on_host(operation: Any) -> bool:
    return getattr(operation, "runs_on_host", False) or _stage_of(operation) is not None


def _stage_of(operation: Any) -> HostStage | None:
    """Return the host stage of a model; other operations have none."""
    of_model = getattr(type(operation), "__host_stage__", None)
    return None if of_model is None else of_model(operation)


def run(nodes: Iterable[Node], values: dict[int, Any]) -> None:
    """Call the operations of `nodes` in turn, from the values of tensors by id, to which theirs are added."""
    for node in nodes:
        put(values, node, node.call(values))


def put(values: dict[int, Any], node: Node, result: Any) -> None:
    """Add the outputs of a node to values by id."""
    if isinstance(node.outputs, KerasTensor):
        values[id(node.outputs)] = result
    else:
        pairs = zip(map(id, tree.flatten(node.outputs)), tree.flatten(result), strict=True)
        values.update(pairs)


def in_step() -> bool:
    """Tell whether a pure step is under way, in which there may be no values."""
    return stateless.get() is not None


def as_numpy(x: Any) -> Any:
    """Return inputs, strings among them, as NumPy arrays: one, or a list or dict of them."""
    if isinstance(x, dict):
        return {name: as_numpy(part) for name, part in x.items()}
    if isinstance(x, (list, tuple)) and any(hasattr(part, "shape") for part in x):
        return [as_numpy(part) for part in x]
    return None if x is None else to_array(to_host(x))
