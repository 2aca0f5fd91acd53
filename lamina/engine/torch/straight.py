"""A recorded graph of kernels, made shorter: the same numbers, bit for bit, from fewer and cheaper calls.

What depends on no argument is computed once; what is computed twice, once; views that change nothing fall
away. A kernel is called by the function of `torch` that has its name, where both gave the same: that spares
half of what the call of an operator costs.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch._C import _nn as functional  # pyright: ignore[reportAttributeAccessIssue]
from torch.fx import Graph, GraphModule, Interpreter, Node
from torch.fx.node import map_arg


def straightened(graph: GraphModule, leaves: list[Any]) -> GraphModule:
    """Shorten `graph`, which was recorded on `leaves`."""
    unsteady = _unsteady(graph.graph)
    watched = _Watched(graph, _constant(graph.graph, unsteady))
    watched.run(*leaves)
    _shorten_views(graph.graph, watched)
    _share(graph.graph, unsteady)
    _fold(graph, watched.constants)
    for node, function in watched.functions.items():
        node.target = function
    return cleaned(graph)


def of_first(graph: GraphModule, count: int) -> GraphModule:
    """Let `graph` give the first `count` of its results only; a `forward` taken from it before stays whole."""
    output = graph.graph.output_node()
    output.args = (list(output.args[0])[:count],)  # pyright: ignore[reportArgumentType]
    return cleaned(graph)


def cleaned(graph: GraphModule) -> GraphModule:
    """Drop what nobody uses."""
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph


class _Watched(Interpreter):
    """Runs a graph once.

    Attributes:
        constants: what each of the nodes `constant` gives.
        facts: where the numbers of each tensor begin and how they are read; how they lie.
        functions: the function of `torch` that gives what the node gives.
    """

    def __init__(self, graph: GraphModule, constant: set[Node]):
        super().__init__(graph)
        self.constants: dict[Node, Any] = dict.fromkeys(constant)
        self.facts: dict[Any, tuple[tuple, tuple]] = {}
        self.functions: dict[Node, Any] = {}

    def run_node(self, n: Node) -> Any:
        value = super().run_node(n)
        if isinstance(value, torch.Tensor):
            meaning = value.storage_offset(), value.dtype, value.is_conj(), value.is_neg()
            self.facts[n] = meaning, _layout(value)
        if n in self.constants:
            self.constants[n] = value
        if _is_pure(n):
            function = _function(n.target, value, *self.fetch_args_kwargs_from_env(n))
            if function is not None:
                self.functions[n] = function
        return value


def _function(operator: Any, value: Any, args: Any, kwargs: Any) -> Any:
    name = operator.name().removeprefix("aten::").split(".")[0]
    name = "view" if name == "_unsafe_view" else name
    for owner in (torch, functional, torch.Tensor):
        function = getattr(owner, name, None)
        try:
            if function is not None and _equal(function(*args, **kwargs), value):
                return function
        except (TypeError, RuntimeError):  # it takes other arguments
            continue
    return None


def _equal(x: Any, y: Any) -> bool:
    if isinstance(y, torch.Tensor):
        return _layout(x) == _layout(y) and torch.equal(x, y)
    return len(x) == len(y) and all(map(_equal, x, y))


def _layout(x: torch.Tensor) -> tuple:
    return x.dtype, x.device, x.shape, x.stride()


def _operator(node: Node) -> Any:
    return node.target if isinstance(node.target, torch._ops.OpOverload) else None


@functools.cache
def _schema(operator: Any) -> Any:
    name, _, overload = operator.name().partition(".")
    return torch._C._get_schema(name, overload)


def _is_pure(node: Node) -> bool:
    """Tell whether equal arguments give equal results, and nothing else happens."""
    operator = _operator(node)
    draws = operator is not None and torch.Tag.nondeterministic_seeded in operator.tags
    return operator is not None and not _schema(operator).is_mutable and not draws


def _is_view(node: Node) -> bool:
    operator = _operator(node)
    return operator is not None and operator.is_view


def _unsteady(graph: Graph) -> set[Node]:
    """Nodes whose memory some kernel writes to, and those that read it: their order matters."""
    written: set[Node] = set()
    for node in graph.nodes:
        operator = _operator(node)
        if operator is None or not _schema(operator).is_mutable:
            continue
        written.add(node)
        for value, argument in zip(node.args, _schema(operator).arguments, strict=False):
            if argument.alias_info is not None and argument.alias_info.is_write:
                map_arg(value, written.add)
    for node in reversed(graph.nodes):
        if node in written and _is_view(node):
            written.update(node.all_input_nodes)
    for node in graph.nodes:
        if _is_view(node) and not written.isdisjoint(node.all_input_nodes):
            written.add(node)
    return written.union(*(node.users for node in written))


def _shorten_views(graph: Graph, watched: _Watched) -> None:
    """Take views of views from what they are views of in the end, and drop those that change nothing."""
    ends: dict[Any, Any] = {}
    for node in graph.nodes:
        if not _is_view(node) or node not in watched.facts:
            continue
        base = node.args[0]
        end = ends[node] = ends.get(base, base)
        (meaning, layout), (whole, layout_of_whole) = watched.facts[node], watched.facts[end]
        if meaning != whole:
            continue
        if layout == layout_of_whole:
            node.replace_all_uses_with(end)
        elif base is not end:
            watched.functions[node] = torch.as_strided
            node.target = torch.ops.aten.as_strided.default
            node.args, node.kwargs = (end, *map(list, layout[-2:])), {}


def _constant(graph: Graph, unsteady: set[Node]) -> set[Node]:
    """Nodes that depend on no argument."""
    constant: set[Node] = set()
    for node in graph.nodes:
        from_constants = _is_pure(node) and constant.issuperset(node.all_input_nodes)
        if node.op == "get_attr" or (from_constants and node not in unsteady):
            constant.add(node)
    return constant


def _fold(graph: GraphModule, constants: dict[Node, Any]) -> None:
    """Compute what depends on no argument once."""
    for node, value in constants.items():
        readers = [user for user in node.users if user not in constants]
        # What comes out is the caller's own, who may write to it.
        is_inside = all(user.op != "output" for user in readers)
        if readers and is_inside and isinstance(value, torch.Tensor):
            name = f"constant_{node.name}"
            setattr(graph, name, value)  # as a plain attribute, which is found at once
            with graph.graph.inserting_before(node):
                node.replace_all_uses_with(graph.graph.create_node("get_attr", name))


def _share(graph: Graph, unsteady: set[Node]) -> None:
    """Compute once what is computed twice."""
    first: dict[str, Node] = {}
    for node in graph.nodes:
        if _is_pure(node) and node not in unsteady:
            same = first.setdefault(f"{node.target} {node.args} {node.kwargs}", node)
            if same is not node:
                node.replace_all_uses_with(same)
