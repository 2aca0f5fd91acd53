"""One graph of PyTorch for all sizes, from graphs that were traced with some."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch.fx import GraphModule, Node


def joined(
    graph: GraphModule,
    others: Mapping[str, GraphModule],
    sizes: Mapping[str, int],
    axes: Mapping[str, tuple[int, int]],
) -> GraphModule:
    """Return `graph` with what follows the sizes of its inputs computed from them.

    Args:
        graph: traced with inputs in which the axes called by the keys of `sizes` have these sizes.
        others: by each key the graph of a trace in which that size is larger by 2.
        axes: by each key `(number of the input, axis)` where the size is read.

    Raises:
        ValueError: the graphs differ in more than numbers that follow the sizes.
    """
    nodes = list(graph.graph.nodes)
    inputs = [node for node in nodes if node.op == "placeholder"]
    more = {name: list(other.graph.nodes) for name, other in others.items()}
    for name, other in more.items():
        if [(x.op, x.target) for x in other] != [(x.op, x.target) for x in nodes]:
            raise _different(name, "they have other operations")
    with graph.graph.inserting_after(inputs[-1]):
        native = {
            name: graph.graph.call_function(torch.ops.aten.sym_size.int, (inputs[i], axis))
            for name, (i, axis) in axes.items()
        }
    for number, node in enumerate(nodes):
        node.target = _IN_OTHER_WORDS.get(node.target, node.target)
        if node.op == "get_attr":
            _check_constants(node.target, graph, others)
        same = {name: other[number] for name, other in more.items()}
        with graph.graph.inserting_before(node):
            for part in ("args", "kwargs"):
                values = {name: getattr(other, part) for name, other in same.items()}
                setattr(node, part, _Sizes(graph, sizes, native)(getattr(node, part), values))
    graph.graph.lint()
    graph.recompile()
    return graph


class _Sizes:
    """Computes arguments from sizes; each is a number in one trace, and in those with other sizes."""

    def __init__(self, graph: GraphModule, sizes: Mapping[str, int], native: Mapping[str, Node]):
        self.call, self.sizes, self.native = graph.graph.call_function, sizes, native

    def __call__(self, x: Any, others: Mapping[str, Any]) -> Any:
        """Return `x`, with nodes for numbers that differ from those of `others`."""
        if isinstance(x, (list, tuple)):
            for name, y in others.items():
                if len(y) != len(x):
                    raise _different(name, "they have other arguments")
            parts = [self(part, {k: y[i] for k, y in others.items()}) for i, part in enumerate(x)]
            return parts if isinstance(x, list) else tuple(parts)
        if isinstance(x, dict):
            return {
                key: self(part, {k: y[key] for k, y in others.items()}) for key, part in x.items()
            }
        changed = {
            name: y
            for name, y in others.items()
            if not (isinstance(x, Node) or x == y or (x != x and y != y))
        }
        return self._computed(x, changed) if changed else x

    def _computed(self, x: Any, changed: Mapping[str, Any]) -> Any:
        for name, y in changed.items():
            if type(x) is not int or type(y) is not int:
                raise _different(name, f"{x!r} becomes {y!r}")
        product = math.prod(self.sizes[name] for name in changed)
        factor, rest = divmod(x, product)
        if not rest and all(
            y * self.sizes[name] == x * (self.sizes[name] + 2) for name, y in changed.items()
        ):
            return self._sum([self._product([factor, *map(self.native.get, changed)])])
        terms = []
        for name, y in changed.items():
            factor, rest = divmod(y - x, 2)
            if rest:
                raise _different(name, f"{x} becomes {y}")
            x -= factor * self.sizes[name]
            terms.append(self._product([factor, self.native[name]]))
        return self._sum([*terms, x])

    def _product(self, factors: list[Any]) -> Any:
        return self._folded(operator.mul, [n for n in factors if not (type(n) is int and n == 1)])

    def _sum(self, terms: list[Any]) -> Any:
        return self._folded(operator.add, [n for n in terms if not (type(n) is int and n == 0)])

    def _folded(self, fn: Any, values: list[Any]) -> Any:
        result = values[0]
        for value in values[1:]:
            result = self.call(fn, (result, value))
        return result


def _take_along_dim(x: torch.Tensor, index: torch.Tensor, dim: int) -> torch.Tensor:
    """Compute `torch.take_along_dim`, which `torch.export` takes for one of fixed sizes."""
    sizes = [
        [m if type(n) is int and n == 1 else n for n, m in zip(mine, its, strict=True)]
        for mine, its in ((x.shape, index.shape), (index.shape, x.shape))
    ]
    dim %= x.ndim
    sizes[0][dim], sizes[1][dim] = x.shape[dim], index.shape[dim]
    return torch.gather(x.expand(sizes[0]), dim, index.expand(sizes[1]))


_IN_OTHER_WORDS: dict[Any, Any] = {torch.ops.aten.take_along_dim.default: _take_along_dim}


def _check_constants(target: str, graph: GraphModule, others: Mapping[str, GraphModule]) -> None:
    value = _attribute(graph, target)
    for name, other in others.items():
        y = _attribute(other, target)
        if isinstance(value, torch.Tensor) and not torch.equal(value, y):
            raise _different(name, "a table of numbers depends on it")


def _attribute(module: Any, target: str) -> Any:
    return operator.attrgetter(target)(module)


def _different(name: str, how: str) -> ValueError:
    which = "the size of the batch" if name == "batch" else f"the size of axis {name!r}"
    return ValueError(
        f"Model.export: on PyTorch the program depends on {which} in a way that is not a sum or product: {how}. Give "
        "`input_signature` with a fixed size there."
    )
