"""Arrays without values: tensors of the graph that is being traced, and how a node makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import optree

from lamina.engine import current
from lamina.engine.contract import Spec, refusal
from lamina.engine.names import WEAK
from lamina.engine.numpy.convert import native, quiet
from lamina.engine.numpy.running import abstract
from lamina.engine.onnx.graph import Raw, Trace, tensor_type, tracing
from lamina.engine.valueless import NoValueError, Valueless

EAGER = (np.ndarray, np.generic)


def named_pairs(rows: str) -> list[tuple[str, str]]:
    """Return the pairs of `"this=that both"`: `("this", "that")`, `("both", "both")`."""
    return [(row.partition("=")[0], row.rpartition("=")[2]) for row in rows.split()]


class Value(Valueless):
    """An array that has a value when the graph runs: what the onnx engine has where it traces."""

    def __init__(self, name: str, shape: tuple, dtype: Any):
        self.name, self.shape, self.dtype = name, shape, np.dtype(dtype)


# Shapes

_kept: dict[Any, Any] = {}
_MOST_KEPT = 20_000


def shapes_of(primitive: str, args: tuple, named: dict) -> Any:
    """Return the `Spec` of what a primitive gives, a tree of them: its evaluation on JAX says so."""
    leaves, structure = optree.tree_flatten((args, named))  # type: ignore[arg-type]
    inputs = [Spec(x.shape, x.dtype.name) if isinstance(x, (Value, *EAGER)) else x for x in leaves]
    key = primitive, structure, repr(inputs)
    if key not in _kept:
        if len(_kept) > _MOST_KEPT:
            _kept.clear()

        def run(*given: Any) -> Any:
            remaining = iter(given)
            filled = [next(remaining) if isinstance(x, Spec) else x for x in inputs]
            args, named = optree.tree_unflatten(structure, filled)
            result = getattr(current.engine(), primitive)(*args, **named)
            return list(result) if isinstance(result, tuple) else result

        _kept[key] = abstract(run, *(x for x in inputs if isinstance(x, Spec)))
    return _kept[key]


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


def integers(*numbers: Any) -> str:
    """Return an int64 vector."""
    return name_of(np.array(numbers, np.int64))


@quiet
def operand(x: Any, dtype: Any) -> Any:
    """Return an operand of a node: a Python number takes the dtype of the other."""
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
        if isinstance(shapes, Spec):
            return _narrowed(names, shapes, moves)
        return [_narrowed(x, shape, moves) for x, shape in zip(names, shapes, strict=True)]

    return call


def _of_complex(x: Any) -> bool:
    return "complex" in str(getattr(x, "dtype", x))


def _widened(x: Any) -> Any:
    wide = _WIDE.get(x.dtype) if isinstance(x, (Value, *EAGER)) else None
    if wide is None:
        return x
    return Value(as_dtype(x, wide), x.shape, wide) if isinstance(x, Value) else x.astype(wide)


def _narrowed(name: Any, spec: Spec, moves: bool) -> Value:
    dtype = native(spec.dtype)
    if isinstance(name, Value):
        name = name.name
    return Value(name if moves or dtype not in _WIDE else as_dtype(name, dtype), spec.shape, dtype)
