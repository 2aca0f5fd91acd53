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
from lamina.engine.onnx.graph import NotInGraphError, Trace, reads, tensor_type, tracing, value_info
from lamina.engine.onnx.lifting import TRACER
from lamina.engine.onnx.sizes import STAND_INS, Sizes, differ, open_shape
from lamina.engine.onnx.value import EAGER, Value

OPSET, IR_VERSION = 20, 9
_OUTSIDE = {native(name): np.dtype("float32") for name in EXTENSIONS}


class Traced:
    """The graph of a function of `(values, batch)`.

    Args:
        names: of the arrays in `values` and `batch`, by which the graph has them as inputs.
        size: of the batch, if not that of the arrays.

    Attributes:
        inputs, outputs: tensors of the graph, and among the outputs arrays that are known already.
        structure: of the function's result.
        read: names of what the outputs depend on.
        is_open: whether it serves all sizes of the batch.
    """

    is_open = False

    def __init__(
        self,
        fn: Callable,
        given: tuple[Any, Any],
        trees: Any,
        names: Sequence[str],
        size: int | None = None,
    ):
        self.trace, (values, batch) = Trace(), given
        split = len(values)
        self.inputs = []
        for i, (name, x) in enumerate(zip(names, [*values, *batch], strict=True)):
            shape = x.shape if size is None or i < split else (size, *x.shape[1:])
            self.inputs.append(self._input(name, x.dtype, shape))
        token, engine = tracing.set(self.trace), pin(TRACER)
        try:
            with abstractly(False, needs_value=r"^NoValueError"):
                parts = zip(trees, (self.inputs[:split], self.inputs[split:]), strict=True)
                result = fn(*(optree.tree_unflatten(tree, leaves) for tree, leaves in parts))
        finally:
            unpin(engine)
            tracing.reset(token)
        outputs, self.structure = optree.tree_flatten(result)
        self.outputs = [x if isinstance(x, (Value, *EAGER)) else np.asarray(x) for x in outputs]
        self.shapes = [x.shape for x in self.outputs]
        self.read = {x.name for x in self.outputs if isinstance(x, Value)}
        self.nodes: list[NodeProto] = []
        for node in reversed(self.trace.nodes):
            if self.read.intersection(node.output):
                self.nodes.insert(0, node)
                self.read.update(reads(node))

    def open(self, others: Sequence[Traced], batch: Sequence[str]) -> None:
        """Make the graph, for the first of the stand-ins, serve all sizes of the batch.

        Args:
            others: the graphs for the rest of the stand-ins.
            batch: names of the inputs whose axis 0 is the batch.

        Raises:
            NotInGraphError: they differ in what does not follow from the size.
        """
        if any(other.said() != self.said() for other in others):
            raise NotInGraphError("the graph depends on the size of the batch")
        traces = [self, *others]
        left = {node.input[1] for node in self.nodes if node.op_type == "Reshape"}
        with self.trace.within() as nodes:
            sizes = Sizes(self.trace, batch[-1])
            for name in [name for name in self.trace.constants if name in self.read]:
                arrays = [x.trace.constants[name] for x in traces]
                changes = np.ptp(arrays, axis=0) != 0 if name in left else np.zeros(0)
                if changes.sum() == 1 and 0 not in arrays[0]:  # left to the node
                    self.trace.constants[name] = np.where(changes, -1, arrays[0])
                elif differ(arrays):
                    del self.trace.constants[name]
                    nodes.append(helper.make_node("Identity", [sizes.computed(arrays)], [name]))
        self.nodes, self.is_open = [*nodes, *self.nodes], True
        self.read.update(name for node in nodes for name in (*node.input, *node.output))
        for name in batch:
            dtype, shape = self.trace.inputs[name]
            self.trace.inputs[name] = dtype, ("batch", *shape[1:])
        self.shapes = [
            open_shape(shapes) for shapes in zip(*(x.shapes for x in traces), strict=True)
        ]

    def _input(self, name: str, dtype: np.dtype, shape: tuple) -> Value:
        self.trace.inputs[name] = outside(dtype), shape
        if outside(dtype) != dtype:
            (name,) = self.trace.node("Cast", [name], 1, {"to": tensor_type(dtype)})
        return Value(name, shape, dtype)

    def said(self) -> tuple:
        """Return all that the graph is made of but its constants: equal for two that are the same."""
        outputs = [x.name if isinstance(x, Value) else (x.dtype, x.tobytes()) for x in self.outputs]
        return self.structure, outputs, self.nodes, self.trace.constants.keys() & self.read

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
                made.append(value_info(name, dtype, self.shapes[i]))
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
    given = values, batch
    if batch and all(x.ndim for x in batch) and len({x.shape[0] for x in batch}) == 1:
        try:
            first, *others = (Traced(fn, given, trees, names, size) for size in STAND_INS)
            first.open(others, names[len(values) :])
            return first
        except Exception:  # if it is not the batch that is at fault, it comes again
            pass
    return Traced(fn, given, trees, names)


def outside(dtype: np.dtype) -> np.dtype:
    """Return the dtype in which arrays of `dtype` go into a session and come out of it."""
    return _OUTSIDE.get(dtype, dtype)
