"""Flow that depends on values, as graphs within the graph: If, Loop, Scan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree
from onnx import GraphProto, helper

from lamina.engine import stepwise
from lamina.engine.onnx.graph import value_info
from lamina.engine.onnx.value import EAGER, Value, as_dtype, name_of, node, the_trace


def cond(predicate: Any, when_true: Callable, when_false: Callable) -> Any:
    """The contract's `cond`."""
    if not isinstance(predicate, Value):
        return stepwise.cond(predicate, when_true, when_false)
    graphs, results = [], []
    for branch in (when_true, when_false):
        with the_trace().within() as nodes:
            leaves, structure = optree.tree_flatten(branch())
            values = [_value(leaf) for leaf in leaves]
            graphs.append(_graph(nodes, [], values))
        results.append((values, structure))
    (values, structure), (others, _) = results
    if [x.dtype for x in values] != [y.dtype for y in others]:
        raise TypeError(f"The branches of cond give {values} and {others}: the dtypes differ.")
    names = _outputs("If", [predicate], len(values), then_branch=graphs[0], else_branch=graphs[1])
    return optree.tree_unflatten(structure, _named(names, values))


def while_loop(condition: Callable, body: Callable, state: tuple) -> tuple:
    """The contract's `while_loop`."""
    leaves, structure = optree.tree_flatten(tuple(state))  # type: ignore[arg-type]
    start = [_value(leaf) for leaf in leaves]
    goes_on = condition(*optree.tree_unflatten(structure, start))
    with the_trace().within() as nodes:
        given = _named([the_trace().name() for _ in start], start)
        count = Value(the_trace().name(), (), np.int64)
        before = Value(the_trace().name(), (), np.bool_)
        new = tuple(body(*optree.tree_unflatten(structure, given)))
        again = _value(condition(*new))
        results = _like(optree.tree_leaves(new), start)  # type: ignore[arg-type]
        graph = _graph(nodes, [count, before, *given], [again, *results])
    names = _outputs("Loop", [None, goes_on, *start], len(start), body=graph)
    return optree.tree_unflatten(structure, _named(names, start))  # type: ignore[return-value]


def scan(fn: Callable, init: Any, xs: Any, length: int) -> tuple[Any, Any]:
    """The contract's `scan`."""
    leaves, structure = optree.tree_flatten(init)
    start = [_value(leaf) for leaf in leaves]
    rows, structure_of_rows = optree.tree_flatten(xs)
    rows = [_value(x) for x in rows] or [_value(np.arange(length))]
    with the_trace().within() as nodes:
        name = the_trace().name
        carried = _named([name() for _ in start], start)
        row = [Value(name(), x.shape[1:], x.dtype) for x in rows]
        given = optree.tree_unflatten(structure_of_rows, row[: structure_of_rows.num_leaves])
        carry, y = fn(optree.tree_unflatten(structure, carried), given)
        results, structure_of_y = optree.tree_flatten(y)
        results = [_value(x) for x in results]
        last = _like(optree.tree_leaves(carry), start)
        graph = _graph(nodes, [*carried, *row], [*last, *results])
    count = len(start) + len(results)
    names = _outputs("Scan", [*start, *rows], count, body=graph, num_scan_inputs=len(rows))
    columns = [
        Value(name, (length, *x.shape), x.dtype)
        for name, x in zip(names[len(start) :], results, strict=True)
    ]
    carry = optree.tree_unflatten(structure, _named(names[: len(start)], start))
    return carry, optree.tree_unflatten(structure_of_y, columns)


def vmap(fn: Callable) -> Callable:
    """The contract's `vmap`."""

    def run(xs: Any) -> Any:
        length = optree.tree_leaves(xs)[0].shape[0]  # type: ignore[union-attr]
        return scan(lambda carry, x: (carry, fn(x)), None, xs, length)[1]

    return run


def _value(x: Any) -> Value:
    """Return what is a tensor of the graph: constants become one."""
    if isinstance(x, Value):
        return x
    if not isinstance(x, EAGER):
        x = np.asarray(x, {bool: "bool", int: "int32"}.get(type(x), "float32"))
    return Value(name_of(x), x.shape, x.dtype)


def _like(leaves: Sequence[Any], start: Sequence[Value]) -> list[Value]:
    """Return what is carried on, in the dtypes of the beginning."""
    pairs = zip(map(_value, leaves), start, strict=True)
    return [
        x if x.dtype == y.dtype else Value(as_dtype(x, y.dtype), y.shape, y.dtype) for x, y in pairs
    ]


def _named(names: Sequence[str], like: Sequence[Value]) -> list[Value]:
    return [Value(name, x.shape, x.dtype) for name, x in zip(names, like, strict=True)]


def _outputs(kind: str, inputs: list, count: int, **attributes: Any) -> list[Any]:
    names = node(kind, *inputs, outputs=count, **attributes)
    return [names] if count == 1 else names


def _graph(nodes: list, inputs: list[Value], outputs: list[Value]) -> GraphProto:
    """Make a graph within the graph of `nodes`; what it gives it makes itself."""
    made = []
    for x in outputs:
        name = the_trace().name()
        nodes.append(helper.make_node("Identity", [x.name], [name]))
        made.append(value_info(name, x.dtype))
    given = [value_info(x.name, x.dtype, [None] * x.ndim) for x in inputs]
    return helper.make_graph(nodes, "within", given, made)
