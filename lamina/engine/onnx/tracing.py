"""Traces functions: their graphs, the same for every size of the batch if that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree
from onnx import ModelProto, NodeProto, helper

from lamina.engine.abstractly import abstractly
from lamina.engine.current import pin, unpin
from lamina.engine.names import EXTENSIONS
from lamina.engine.onnx.graph import Size, Trace, as_tensor, tensor_type, tracing, value_info
from lamina.engine.onnx.lifting import TRACER
from lamina.engine.onnx.value import EAGER, Value

OPSET, IR_VERSION = 20, 9
# Sizes of the batch for which a function is traced: two usual ones tell which sizes follow from the batch's, and by
# two small ones it must be the same graph.
STAND_INS = ((720, 1200), (2, 3))


@dataclass
class Traced:
    """The graph of a function.

    Attributes:
        trace: its nodes and constants.
        inputs: tensors, in the order of the arrays that the function was given.
        outputs: tensors of the graph and arrays that are known already, in order.
        structure: of the function's result.
        is_open: whether it serves all sizes of the batch.
    """

    trace: Trace
    inputs: list[Value]
    outputs: list[Any]
    structure: Any
    is_open: bool

    def __post_init__(self) -> None:
        self.nodes = _needed(
            self.trace.nodes, [x.name for x in self.outputs if isinstance(x, Value)]
        )
        read = {name for node in self.nodes for name in _reads(node)}
        read |= {x.name for x in self.outputs if isinstance(x, Value)}
        self.used = [name in read for name in self.trace.inputs]
        self.constants = {k: v for k, v in self.trace.constants.items() if k in read}

    def model(
        self, values: dict[str, np.ndarray], names: dict[str, str] | None = None
    ) -> ModelProto:
        """Return the graph as a model.

        Args:
            values: constants in place of inputs, by name.
            names: other names for inputs and outputs.
        """
        names = names or {}
        inputs = zip(self.trace.inputs.items(), self.used, strict=True)
        given = [(name, *x) for (name, x), used in inputs if used and name not in values]
        nodes = [_renamed(node, names) for node in self.nodes]
        made = []
        for i, x in enumerate(self.outputs):
            if isinstance(x, Value):
                name = names.get(f"y{i}", f"y{i}")
                out = outside(x.dtype)
                how: Any = {} if out == x.dtype else {"to": tensor_type(out)}
                kind = "Cast" if how else "Identity"
                nodes.append(helper.make_node(kind, [names.get(x.name, x.name)], [name], **how))
                made.append(value_info(name, out, x.shape))
        for i, node in enumerate(nodes):
            node.name = f"{node.op_type}_{i}"
        graph = helper.make_graph(
            nodes,
            "lamina",
            [value_info(names.get(name, name), dtype, shape) for name, dtype, shape in given],
            made,
            [as_tensor(array, name) for name, array in {**self.constants, **values}.items()],
        )
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="lamina"
        )

    def same_as(self, other: Traced) -> bool:
        """Tell whether two traces gave one graph."""
        same = [x.name if isinstance(x, Value) else (x.shape, x.tobytes()) for x in self.outputs]
        return (
            self.structure == other.structure
            and same
            == [x.name if isinstance(x, Value) else (x.shape, x.tobytes()) for x in other.outputs]
            and self.nodes == other.nodes
            and self.constants.keys() == other.constants.keys()
            and all(_equal(x, other.constants[name]) for name, x in self.constants.items())
        )


def trace_function(
    fn: Callable, values: Sequence[Any], batch: Sequence[Any], trees: tuple
) -> Traced:
    """Trace `fn(values, batch)`.

    Args:
        values, batch: NumPy arrays, or what has their shape and dtype.
        trees: the structures of both.
    """
    if _have_one_size(batch):
        try:
            first, second = (_traced(fn, values, batch, trees, pair) for pair in STAND_INS)
            if first.same_as(second):
                return first
        except Exception:  # if it is not the batch that is at fault, it comes again
            pass
    return _traced(fn, values, batch, trees, None)


def _traced(fn: Any, values: Any, batch: Any, trees: tuple, stand_ins: Any) -> Traced:
    trace = Trace(stand_ins)
    given = [_input(trace, f"w{i}", x.dtype, x.shape) for i, x in enumerate(values)]
    for i, x in enumerate(batch):
        shape = x.shape if stand_ins is None else (Size(1, 0, stand_ins[0]), *x.shape[1:])
        given.append(_input(trace, f"x{i}", x.dtype, shape))
    trace.batch = "x0"
    token, engine = tracing.set(trace), pin(TRACER)
    try:
        with abstractly(False, needs_value=r"^NoValueError"):
            split = len(values)
            arguments = given[:split], given[split:]
            pairs = zip(trees, arguments, strict=True)
            result = fn(*(optree.tree_unflatten(tree, leaves) for tree, leaves in pairs))
    finally:
        unpin(engine)
        tracing.reset(token)
    outputs, structure = optree.tree_flatten(result)
    outputs = [x if isinstance(x, (Value, *EAGER)) else np.asarray(x) for x in outputs]
    return Traced(trace, given, outputs, structure, stand_ins is not None)


def outside(dtype: np.dtype) -> np.dtype:
    """Return the dtype in which arrays of `dtype` go into a session and come out of it."""
    return np.dtype("float32") if dtype.name in EXTENSIONS else dtype


def _input(trace: Trace, name: str, dtype: np.dtype, shape: tuple) -> Value:
    trace.inputs[name] = outside(dtype), shape
    if outside(dtype) != dtype:
        (name,) = trace.node("Cast", [name], 1, {"to": tensor_type(dtype)})
    return Value(name, shape, dtype)


def _have_one_size(batch: Sequence[Any]) -> bool:
    """Tell whether all arrays have as many rows."""
    return bool(batch) and all(x.ndim for x in batch) and len({x.shape[0] for x in batch}) == 1


def _reads(node: NodeProto) -> list[str]:
    """List the names that a node reads, those within its graphs, too."""
    names = list(node.input)
    for attribute in node.attribute:
        if attribute.HasField("g"):
            names += [name for inner in attribute.g.node for name in _reads(inner)]
            names += [out.name for out in attribute.g.output]
    return names


def _needed(nodes: list[NodeProto], outputs: list[str]) -> list[NodeProto]:
    """Return the nodes on which the outputs depend."""
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(_reads(node))
    return kept[::-1]


def _renamed(node: NodeProto, names: dict[str, str]) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    for i, name in enumerate(copy.input):
        copy.input[i] = names.get(name, name)
    for attribute in copy.attribute:
        if attribute.HasField("g"):
            for j, inner in enumerate(attribute.g.node):
                attribute.g.node[j].CopyFrom(_renamed(inner, names))
    return copy


def _equal(x: np.ndarray, y: np.ndarray) -> bool:
    return x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
