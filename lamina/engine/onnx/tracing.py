"""Traces functions: their graphs, the same for every size of the batch if that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree
from onnx import ModelProto, NodeProto, helper, numpy_helper

from lamina.engine.abstractly import abstractly
from lamina.engine.current import pin, unpin
from lamina.engine.names import EXTENSIONS
from lamina.engine.numpy.convert import native
from lamina.engine.onnx.graph import Size, Trace, tensor_type, tracing, value_info
from lamina.engine.onnx.lifting import TRACER
from lamina.engine.onnx.value import EAGER, Value

OPSET, IR_VERSION = 20, 9
_OUTSIDE = {native(name): np.dtype("float32") for name in EXTENSIONS}
# Sizes of the batch for which a function is traced: two usual ones tell which sizes follow from the batch's, and by
# two small ones it must be the same graph.
STAND_INS = ((720, 1200), (2, 3))


class Traced:
    """The graph of a function of `(values, batch)`.

    Args:
        names: of the arrays in `values` and `batch`, by which the graph has them as inputs.
        stand_ins: two sizes of the batch; `None`: it serves the size that it is given only.

    Attributes:
        inputs, outputs: tensors of the graph, and among the outputs arrays that are known already.
        structure: of the function's result.
        read: names of what the outputs depend on.
        is_open: whether it serves all sizes of the batch.
    """

    def __init__(
        self, fn: Callable, given: tuple[Any, Any], trees: Any, names: Sequence[str], stand_ins: Any
    ):
        self.trace, self.is_open = Trace(stand_ins), stand_ins is not None
        values, batch = given
        self.inputs = []
        for i, (name, x) in enumerate(zip(names, [*values, *batch], strict=True)):
            is_open = self.is_open and i >= len(values)
            shape = (Size(1, 0, stand_ins[0]), *x.shape[1:]) if is_open else x.shape
            self.inputs.append(self._input(name, x.dtype, shape))
        self.trace.batch = names[-1] if names else None
        split, token, engine = len(values), tracing.set(self.trace), pin(TRACER)
        try:
            with abstractly(False, needs_value=r"^NoValueError"):
                parts = zip(trees, (self.inputs[:split], self.inputs[split:]), strict=True)
                result = fn(*(optree.tree_unflatten(tree, leaves) for tree, leaves in parts))
        finally:
            unpin(engine)
            tracing.reset(token)
        outputs, self.structure = optree.tree_flatten(result)
        self.outputs = [x if isinstance(x, (Value, *EAGER)) else np.asarray(x) for x in outputs]
        self.read = {x.name for x in self.outputs if isinstance(x, Value)}
        self.nodes: list[NodeProto] = []
        for node in reversed(self.trace.nodes):
            if self.read.intersection(node.output):
                self.nodes.insert(0, node)
                self.read.update(_reads(node))

    def _input(self, name: str, dtype: np.dtype, shape: tuple) -> Value:
        self.trace.inputs[name] = outside(dtype), shape
        if outside(dtype) != dtype:
            (name,) = self.trace.node("Cast", [name], 1, {"to": tensor_type(dtype)})
        return Value(name, shape, dtype)

    def said(self) -> tuple:
        """Return all that the graph is made of: equal for two that are the same."""
        constants = {k: _bytes(v) for k, v in self.trace.constants.items() if k in self.read}
        outputs = [x.name if isinstance(x, Value) else _bytes(x) for x in self.outputs]
        return self.structure, outputs, self.nodes, constants

    def model(self, values: dict[str, np.ndarray], names: Sequence[str] = ()) -> ModelProto:
        """Return the graph as a model.

        Args:
            values: constants in place of inputs, by name.
            names: of the outputs; `y0`, `y1`, ... by default.
        """
        nodes, made = [*self.nodes], []
        for i, x in enumerate(self.outputs):
            if isinstance(x, Value):
                name, dtype = (
                    [*names, *(f"y{j}" for j in range(len(names), i + 1))][i],
                    outside(x.dtype),
                )
                kind: dict[str, Any] = {} if dtype == x.dtype else {"to": tensor_type(dtype)}
                nodes.append(
                    helper.make_node("Cast" if kind else "Identity", [x.name], [name], **kind)
                )
                made.append(value_info(name, dtype, x.shape))
        constants = {k: v for k, v in self.trace.constants.items() if k in self.read} | values
        inputs = {k: x for k, x in self.trace.inputs.items() if k in self.read and k not in values}
        graph = helper.make_graph(
            nodes,
            "lamina",
            [value_info(name, *x) for name, x in inputs.items()],
            made,
            [numpy_helper.from_array(x, name) for name, x in constants.items()],
        )
        opsets = [helper.make_opsetid("", OPSET)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="lamina"
        )


def trace_function(
    fn: Callable, values: Sequence[Any], batch: Sequence[Any], trees: Any, names: Sequence[str] = ()
) -> Traced:
    """Trace `fn(values, batch)`.

    Args:
        values, batch: NumPy arrays.
        trees: the structures of both.
        names: of the arrays in the batch as inputs of the graph; `x0`, `x1`, ... by default.
    """
    names = [
        *(f"w{i}" for i in range(len(values))),
        *(names or (f"x{i}" for i in range(len(batch)))),
    ]
    if batch and all(x.ndim for x in batch) and len({x.shape[0] for x in batch}) == 1:
        try:
            first, second = (Traced(fn, (values, batch), trees, names, pair) for pair in STAND_INS)
            if first.said() == second.said():
                return first
        except Exception:  # if it is not the batch that is at fault, it comes again
            pass
    return Traced(fn, (values, batch), trees, names, None)


def outside(dtype: np.dtype) -> np.dtype:
    """Return the dtype in which arrays of `dtype` go into a session and come out of it."""
    return _OUTSIDE.get(dtype, dtype)


def _reads(node: NodeProto) -> list[str]:
    """List the names that a node reads, those within its graphs, too."""
    graphs = [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    return [
        *node.input,
        *(name for graph in graphs for inner in graph.node for name in _reads(inner)),
    ]


def _bytes(x: Any) -> tuple:
    return x.dtype, x.shape, x.tobytes()
