"""Primitives that compute element by element, or reduce, as nodes of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.names import WEAK
from lamina.engine.onnx.value import as_dtype, integers, named_pairs, node, operand


def both(x: Any, y: Any) -> tuple[Any, Any]:
    """Return two operands of one dtype, one of which may be a Python number."""
    dtype = (y if isinstance(x, tuple(WEAK)) and not hasattr(x, "dtype") else x).dtype
    return operand(x, dtype), operand(y, dtype)


def _unary(kind: str) -> Any:
    return lambda x: node(kind, x)


def _binary(kind: str) -> Any:
    return lambda x, y: node(kind, *both(x, y))


def _is_float(x: Any) -> bool:
    return getattr(x, "dtype", np.dtype(type(x))).kind == "f"


def _is_bool(*xs: Any) -> bool:
    return any(getattr(x, "dtype", None) == np.bool_ for x in xs)


def _remainder(x: Any, y: Any) -> Any:
    x, y = both(x, y)
    if not _is_float(x):
        return node("Mod", x, _not_zero(y))
    rest, zero = node("Mod", x, y, fmod=1), operand(0.0, x.dtype)
    other_side = node("Xor", node("Less", rest, zero), node("Less", y, zero))
    wrong = node("And", other_side, node("Not", node("Equal", rest, zero)))
    return node("Where", wrong, node("Add", rest, y), rest)


def _floor_divide(x: Any, y: Any) -> Any:
    x, y = both(x, y)
    quotient = node("Div", node("Sub", x, _remainder(x, y)), y if _is_float(x) else _not_zero(y))
    return node("Round", quotient) if _is_float(x) else quotient


def _not_zero(y: Any) -> Any:
    """Return 1 in place of 0, by which integers are divided at the cost of the process."""
    return node("Where", node("Equal", y, operand(0, y.dtype)), operand(1, y.dtype), y)


def _bitwise(kind: str) -> Any:
    return lambda x, y: node(kind if _is_bool(x, y) else f"Bitwise{kind}", *both(x, y))


def _reduced(kind: str) -> Any:
    def emit(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        axes = (
            range(x.ndim) if axis is None else axis if isinstance(axis, (tuple, list)) else [axis]
        )
        # In ONNX no axes would be all of them.
        return (
            node(kind, x, integers(*axes), keepdims=int(keepdims)) if axes else node("Identity", x)
        )

    return emit


def _argmax(x: Any, axis: int, keepdims: bool = False) -> Any:
    x = as_dtype(x, np.int32) if _is_bool(x) else x
    return as_dtype(node("ArgMax", x, axis=axis, keepdims=int(keepdims)), np.int32)


def _argsort(x: Any, axis: int) -> Any:
    # Of equal elements TopK takes the first one first.
    _, order = node("TopK", x, integers(x.shape[axis]), outputs=2, axis=axis, largest=0)
    return as_dtype(order, np.int32)


TRACED: dict[str, Any] = {
    name: make(kind)
    for make, rows in {
        _unary: "negative=Neg abs=Abs sign=Sign exp=Exp log=Log sqrt=Sqrt sin=Sin cos=Cos tan=Tan tanh=Tanh "
        "sigmoid=Sigmoid erf=Erf floor=Floor ceil=Ceil round=Round isnan=IsNaN logical_not=Not relu=Relu "
        "arcsin=Asin arccos=Acos arctan=Atan sinh=Sinh cosh=Cosh arcsinh=Asinh arccosh=Acosh arctanh=Atanh det=Det",
        _binary: "add=Add subtract=Sub multiply=Mul divide=Div power=Pow maximum=Max minimum=Min equal=Equal "
        "less=Less less_equal=LessOrEqual greater=Greater greater_equal=GreaterOrEqual logical_and=And logical_or=Or",
        _bitwise: "bitwise_and=And bitwise_or=Or bitwise_xor=Xor",
        _reduced: "sum=ReduceSum mean=ReduceMean prod=ReduceProd max=ReduceMax min=ReduceMin",
    }.items()
    for name, kind in named_pairs(rows)
} | {
    "rsqrt": lambda x: node("Reciprocal", node("Sqrt", x)),
    "square": lambda x: node("Mul", x, x),
    "isfinite": lambda x: node("Not", node("Or", node("IsNaN", x), node("IsInf", x))),
    "not_equal": lambda x, y: node("Not", node("Equal", *both(x, y))),
    "where": lambda condition, x, y: node("Where", condition, *both(x, y)),
    "bitwise_not": lambda x: node("Not" if _is_bool(x) else "BitwiseNot", x),
    "cumsum": lambda x, axis: node("CumSum", x, np.array(axis, np.int64)),
    "remainder": _remainder,
    "floor_divide": _floor_divide,
    "argmax": _argmax,
    "argsort": _argsort,
}
