"""Arrays without values: tensors of the graph that is being traced, and how a node makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import optree

from lamina.engine import current
from lamina.engine.contract import Spec, refusal
from lamina.engine.current import engine
from lamina.engine.names import WEAK
from lamina.engine.numpy.convert import native, quiet
from lamina.engine.numpy.running import abstract
from lamina.engine.onnx.graph import NotInGraphError, Raw, Size, Trace, at, tensor_type, tracing

EAGER = (np.ndarray, np.generic)


def named_pairs(rows: str) -> list[tuple[str, str]]:
    """Return the pairs of `"this=that both"`: `("this", "that")`, `("both", "both")`."""
    return [(row.partition("=")[0], row.rpartition("=")[2]) for row in rows.split()]


class NoValueError(TypeError):
    """The value of an array was asked for that has none while a graph is traced."""


class Value:
    """An array that has a value when the graph runs: what the onnx engine has where it traces."""

    __array_ufunc__ = None  # NumPy leaves operators with one on their left to this class

    def __init__(self, name: str, shape: tuple, dtype: Any):
        self.name, self.shape, self.dtype = name, shape, np.dtype(dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return engine().getitem(self, key)

    def _has_none(self, *args: Any, **named: Any) -> Any:
        raise NoValueError("a tensor of a graph has no value before the graph runs")

    __bool__ = __int__ = __float__ = __index__ = __array__ = numpy = item = _has_none


def _operator(name: str, backward: bool = False) -> Callable:
    def call(self: Value, other: Any) -> Any:
        if isinstance(other, list):
            other = np.asarray(other)
        if not isinstance(other, (Value, *EAGER, int, float)):
            return NotImplemented
        if isinstance(other, (Value, *EAGER)) and other.dtype != self.dtype:
            dtype = np.result_type(self.dtype, other.dtype).name
            self, other = engine().cast(self, dtype), engine().cast(other, dtype)
        pair = (other, self) if backward else (self, other)
        return getattr(engine(), name)(*pair)

    return call


for _name, _symbol in named_pairs(
    "add subtract=sub multiply=mul divide=truediv power=pow matmul floor_divide=floordiv remainder=mod"
):
    setattr(Value, f"__{_symbol}__", _operator(_name))
    setattr(Value, f"__r{_symbol}__", _operator(_name, backward=True))
for _name, _symbol in named_pairs(
    "less=lt less_equal=le greater=gt greater_equal=ge equal=eq not_equal=ne bitwise_and=and bitwise_or=or "
    "bitwise_xor=xor"
):
    setattr(Value, f"__{_symbol}__", _operator(_name))
Value.__hash__ = object.__hash__  # type: ignore[method-assign]
for _name, _symbol in named_pairs("negative=neg abs bitwise_not=invert"):
    setattr(Value, f"__{_symbol}__", lambda self, name=_name: getattr(engine(), name)(self))


# Shapes

_kept: dict[Any, Any] = {}
_MOST_KEPT = 20_000


def shapes_of(primitive: str, args: tuple, named: dict) -> Any:
    """Return `(dtype, shape)` of what a primitive gives, a tree of them: its evaluation on JAX says so."""
    trace = the_trace()
    leaves, structure = optree.tree_flatten((args, named))  # type: ignore[arg-type]
    found = [_evaluated(primitive, leaves, structure, n) for n in (trace.stand_ins or [None])]
    if trace.stand_ins is None:
        return optree.tree_map(lambda x: (native(x.dtype), x.shape), found[0])
    n, m = trace.stand_ins
    return optree.tree_map(lambda x, y: (native(x.dtype), _fitted(x, y, n, m)), *found)


def _evaluated(primitive: str, leaves: list, structure: Any, batch: int | None) -> Any:
    inputs = [_spec(leaf, batch) for leaf in leaves]
    key = primitive, structure, repr(inputs)
    if key not in _kept:
        if len(_kept) > _MOST_KEPT:
            _kept.clear()
        arrays = [x for x in inputs if isinstance(x, Spec)]

        def run(*given: Any) -> Any:
            remaining = iter(given)
            filled = [next(remaining) if isinstance(x, Spec) else x for x in inputs]
            args, named = optree.tree_unflatten(structure, filled)
            result = getattr(current.engine(), primitive)(*args, **named)
            return list(result) if isinstance(result, tuple) else result

        _kept[key] = abstract(run, *arrays)
    return _kept[key]


def _spec(leaf: Any, batch: int | None) -> Any:
    if isinstance(leaf, (Value, *EAGER)):
        return Spec(tuple(at(size, batch) for size in leaf.shape), leaf.dtype.name)
    if isinstance(leaf, slice):
        return slice(*(at(x, batch) for x in (leaf.start, leaf.stop, leaf.step)))
    return at(leaf, batch)


def _fitted(first: Spec, second: Spec, n: int, m: int) -> tuple:
    if len(first.shape) != len(second.shape):
        raise NotInGraphError("the number of axes depends on the size of the batch")
    return tuple(_size(x, y, n, m) for x, y in zip(first.shape, second.shape, strict=True))


def _size(first: Any, second: Any, n: int, m: int) -> int:
    slope, rest = divmod(second - first, m - n)
    return first if rest or not slope else Size(slope, first - slope * n, n)


# Nodes


def the_trace() -> Trace:
    """Return the trace that is running."""
    trace = tracing.get()
    if trace is None:
        raise NoValueError("a tensor of a graph was used after the graph was made")
    return trace


def node(kind: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> Any:
    """Add a node to the graph; names, Values and NumPy arrays go in, names come out."""
    trace = the_trace()
    names = trace.node(kind, [name_of(x) for x in inputs], outputs, attributes)
    return names[0] if outputs == 1 else names


def name_of(x: Any) -> str:
    """Return the name of what a node takes; `None` stands for an input that is left out."""
    if isinstance(x, Value):
        return x.name
    if isinstance(x, Raw):
        return x
    if x is None:
        return ""
    x = np.asarray(x)
    return the_trace().constant(np.stack([x.real, x.imag], -1) if x.dtype.kind == "c" else x)


def integers(*numbers: Any) -> Raw:
    """Return an int64 vector."""
    return the_trace().sizes(numbers)


@quiet
def operand(x: Any, dtype: Any) -> Any:
    """Return an operand of a node: a Python number takes the dtype of the other."""
    if isinstance(x, Size):
        return node("Cast", node("Squeeze", integers(x)), to=tensor_type(dtype))
    return np.asarray(x, dtype) if type(x) in WEAK else x


def as_dtype(x: Any, dtype: Any) -> Any:
    """Cast what is in the graph."""
    return node("Cast", x, to=tensor_type(dtype))


_WIDE = {
    **dict.fromkeys(map(native, ("float16", "bfloat16")), np.dtype("float32")),
    **dict.fromkeys(map(np.dtype, ("int8", "uint8", "int16", "uint16")), np.dtype("int32")),
    np.dtype("uint32"): np.dtype("int64"),
}


def in_graph(
    primitive: str, emit: Callable, moves: bool = False, is_complex: bool = False
) -> Callable:
    """Make a primitive of `emit`, which adds its nodes and returns a name, or a list of names.

    Args:
        primitive: one that gives the same shapes for the same arguments.
        moves: the nodes take every dtype. Others compute small numbers in wider ones: ONNX Runtime has no kernels.
        is_complex: it takes or gives complex arrays, which others refuse.
    """

    def call(*args: Any, **named: Any) -> Any:
        shapes = shapes_of(primitive, args, named)
        leaves = optree.tree_leaves((args, named, shapes))  # type: ignore[arg-type]
        if not is_complex and any(map(_of_complex, leaves)):
            raise refusal("onnx", primitive, "A graph has no arithmetic of complex numbers.")
        if not moves:
            args, named = optree.tree_map(_widened, (args, named))  # type: ignore[arg-type]
        names = emit(*args, **named)
        if isinstance(shapes, tuple):
            return _narrowed(names, shapes, moves)
        return [_narrowed(x, shape, moves) for x, shape in zip(names, shapes, strict=True)]

    return call


def _of_complex(x: Any) -> bool:
    dtype = getattr(x, "dtype", x)
    return isinstance(dtype, np.dtype) and dtype.kind == "c"


def _widened(x: Any) -> Any:
    wide = _WIDE.get(x.dtype) if isinstance(x, (Value, *EAGER)) else None
    if wide is None:
        return x
    return Value(as_dtype(x, wide), x.shape, wide) if isinstance(x, Value) else x.astype(wide)


def _narrowed(name: Any, what: Any, moves: bool) -> Value:
    dtype, shape = what
    if isinstance(name, Value):
        name = name.name
    return Value(name if moves or dtype not in _WIDE else as_dtype(name, dtype), shape, dtype)
