"""What is being traced: nodes of a graph and its constants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from onnx import NodeProto, helper

tracing: ContextVar[Trace | None] = ContextVar("lamina_onnx_trace", default=None)


class NotInGraphError(NotImplementedError):
    """What ONNX Runtime does not run."""


class Raw(str):
    """The name of a tensor in the graph that nothing outside of this package sees."""


class Trace:
    """The graph that is being made.

    Attributes:
        inputs: arrays that the graph is given: name, dtype, shape.
        constants: by name; each has one use, and two of the same value two names.
    """

    def __init__(self) -> None:
        self.inputs: dict[str, tuple[Any, tuple]] = {}
        self.constants: dict[str, np.ndarray] = {}
        self._levels: list[list[NodeProto]] = [[]]
        self._count = 0

    @property
    def nodes(self) -> list[NodeProto]:
        """Those of the graph itself, not of graphs within it."""
        return self._levels[0]

    def name(self) -> Raw:
        """Return a new name."""
        self._count += 1
        return Raw(f"t{self._count}")

    def node(self, kind: str, inputs: Sequence[str], outputs: int, attributes: dict) -> list[Raw]:
        """Add a node, and return the names of what it gives."""
        names = [self.name() for _ in range(outputs)]
        self._levels[-1].append(helper.make_node(kind, inputs, names, **attributes))
        return names

    @contextmanager
    def within(self) -> Iterator[list[NodeProto]]:
        """Collect nodes of a graph within this one."""
        self._levels.append([])
        try:
            yield self._levels[-1]
        finally:
            self._levels.pop()

    def constant(self, array: np.ndarray) -> Raw:
        """Return the name of a constant."""
        name = self.name()
        self.constants[name] = array
        return name


def tensor_type(dtype: Any) -> int:
    """Return ONNX's number of a dtype of NumPy.

    Raises:
        NotInGraphError: it is complex.
    """
    if np.dtype(dtype).kind == "c":
        raise NotInGraphError(
            f"A graph of ONNX takes, keeps and gives no {np.dtype(dtype)}, only real arrays: take a complex one apart "
            "(ops.real, ops.imag)."
        )
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def value_info(name: str, dtype: Any, shape: Sequence[Any] | None = None) -> Any:
    """Describe a tensor."""
    return helper.make_tensor_value_info(name, tensor_type(dtype), shape)


def reads(node: NodeProto) -> list[str]:
    """List the names that a node reads, those within its graphs, too."""
    graphs = [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    within = (name for graph in graphs for inner in graph.node for name in reads(inner))
    return [*node.input, *within]
