"""What is being traced: nodes of a graph, constants, sizes that follow from the batch's."""

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


class Size(int):
    """A size that follows from the batch's: `slope * batch + offset`, and as an int that for the stand-in.

    What is computed of it in another way than by sums, multiples and exact quotients is a plain int: then the
    graphs that are traced with different stand-ins differ, and tell that the batch cannot be left open.
    """

    slope: int
    offset: int
    batch: int

    def __new__(cls, slope: int, offset: int, batch: int) -> Any:
        if slope == 0:
            return int(offset)
        size = super().__new__(cls, slope * batch + offset)
        size.slope, size.offset, size.batch = slope, offset, batch
        return size

    def at(self, batch: int) -> int:
        """Return the size for another batch."""
        return self.slope * batch + self.offset

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Size):
            return Size(self.slope + other.slope, self.offset + other.offset, self.batch)
        return (
            Size(self.slope, self.offset + other, self.batch) if _whole(other) else NotImplemented
        )

    def __neg__(self) -> Any:
        return Size(-self.slope, -self.offset, self.batch)

    def __sub__(self, other: Any) -> Any:
        return self + -other if _whole(other) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other if _whole(other) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Size) or not _whole(other):
            return int(self) * other
        return Size(self.slope * other, self.offset * other, self.batch)

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, Size) or not _whole(other) or not other or self.slope % other:
            return int(self) // int(other) if _whole(other) else NotImplemented
        return Size(self.slope // other, self.offset // other, self.batch)

    def __mod__(self, other: Any) -> Any:
        if isinstance(other, Size) or not _whole(other) or not other or self.slope % other:
            return int(self) % other
        return self.offset % other

    __radd__, __rmul__ = __add__, __mul__


def _whole(x: Any) -> bool:
    return isinstance(x, (int, np.integer))


def at(size: Any, batch: int | None) -> Any:
    """Return a size, or anything else in its place, for another stand-in of the batch."""
    if not isinstance(size, Size):
        return size
    return int(size) if batch is None else size.at(batch)


class Trace:
    """The graph that is being made.

    Args:
        stand_ins: two sizes of the batch, by which those that follow from it are told; `None`: all are as given.

    Attributes:
        batch: the name of an input whose axis 0 is the batch.
        inputs: arrays that the graph is given: name, dtype, shape.
    """

    def __init__(self, stand_ins: tuple[int, int] | None = None):
        self.stand_ins = stand_ins
        self.batch: str | None = None
        self.inputs: dict[str, tuple[Any, tuple]] = {}
        self.constants: dict[str, np.ndarray] = {}
        self._shared: dict[Any, Raw] = {}
        self._sizes: dict[Any, Raw] = {}
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
        key = (array.dtype, array.shape, array.tobytes())
        if key not in self._shared:
            self._shared[key] = self.name()
            self.constants[self._shared[key]] = array
        return self._shared[key]

    def sizes(self, sizes: Sequence[int]) -> Raw:
        """Return the name of an int64 vector of sizes; those of the batch are computed when the graph runs."""
        if not any(isinstance(size, Size) for size in sizes):
            return self.constant(np.array(sizes, np.int64))
        parts: list[Any] = []
        for size in sizes:
            if isinstance(size, Size):
                parts.append(self._size(size))
            elif parts and isinstance(parts[-1], list):
                parts[-1].append(size)
            else:
                parts.append([size])
        names = [self.constant(np.array(p, np.int64)) if isinstance(p, list) else p for p in parts]
        return names[0] if len(names) == 1 else self.node("Concat", names, 1, {"axis": 0})[0]

    def _size(self, size: Size) -> Raw:
        key = (size.slope, size.offset)
        if key not in self._sizes:  # in the outermost graph, where those within see it
            levels, self._levels = self._levels, self._levels[:1]
            try:
                self._sizes[key] = self._computed(size)
            finally:
                self._levels = levels
        return self._sizes[key]

    def _computed(self, size: Size) -> Raw:
        if (1, 0) not in self._sizes:
            (self._sizes[1, 0],) = self.node("Shape", [str(self.batch)], 1, {"start": 0, "end": 1})
        name = self._sizes[1, 0]
        for kind, number, without in (("Mul", size.slope, 1), ("Add", size.offset, 0)):
            if number != without:
                (name,) = self.node(kind, [name, self.constant(np.array([number]))], 1, {})
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


def value_info(name: str, dtype: Any, shape: Sequence[Any] | None) -> Any:
    """Describe a tensor; sizes of the batch have a name."""
    if shape is not None:
        batch = {(1, 0): "batch"}
        shape = [batch.get((n.slope, n.offset)) if isinstance(n, Size) else n for n in shape]
    return helper.make_tensor_value_info(name, tensor_type(dtype), shape)
