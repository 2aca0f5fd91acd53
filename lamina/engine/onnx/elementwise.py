"""Primitives that compute element by element, or reduce, as nodes of a graph."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.engine.current import engine
from lamina.engine.names import WEAK
from lamina.engine.onnx.value import (
    EAGER,
    Value,
    as_dtype,
    in_graph,
    integers,
    named_pairs,
    node,
    operand,
)

TRACED: dict[str, Any] = {}


def traced(emit: Any) -> Any:
    """Decorate what adds the nodes of a primitive that computes."""
    TRACED[emit.__name__.strip("_")] = in_graph(emit)
    return emit


def _table(kinds: str, emit: Any) -> None:
    for name, kind in named_pairs(kinds):
        emit_one = emit(kind)
        emit_one.__name__ = name
        traced(emit_one)


def both(x: Any, y: Any) -> tuple[Any, Any]:
    """Return two operands of one dtype, one of which may be a Python number."""
    is_number = type(x) in WEAK or not isinstance(x, (Value, *EAGER))
    dtype = (y if is_number else x).dtype
    return operand(x, dtype), operand(y, dtype)


def _is_float(x: Any) -> bool:
    return getattr(x, "dtype", np.dtype(type(x))).kind == "f"


_table(
    "negative=Neg abs=Abs sign=Sign exp=Exp log=Log sqrt=Sqrt sin=Sin cos=Cos tan=Tan tanh=Tanh sigmoid=Sigmoid "
    "erf=Erf floor=Floor ceil=Ceil round=Round isnan=IsNaN logical_not=Not relu=Relu arcsin=Asin arccos=Acos "
    "arctan=Atan sinh=Sinh cosh=Cosh arcsinh=Asinh arccosh=Acosh arctanh=Atanh",
    lambda kind: lambda x: node(kind, x),
)
_table(
    "add=Add subtract=Sub multiply=Mul divide=Div power=Pow maximum=Max minimum=Min equal=Equal less=Less "
    "less_equal=LessOrEqual greater=Greater greater_equal=GreaterOrEqual logical_and=And logical_or=Or",
    lambda kind: lambda x, y: node(kind, *both(x, y)),
)


@traced
def _expm1(x: Any) -> Any:
    # Near 0 the difference from 1 would lose all digits; there it is 2 t / (1 - t) for t = tanh(x / 2).
    t = node("Tanh", node("Mul", x, operand(0.5, x.dtype)))
    one = operand(1.0, x.dtype)
    near = node("Div", node("Add", t, t), node("Sub", one, t))
    far = node("Sub", node("Exp", x), one)
    return node("Where", node("Less", node("Abs", x), operand(0.5, x.dtype)), near, far)


@traced
def _log1p(x: Any) -> Any:
    # Near 0 the logarithm is corrected by what rounding has made of 1 + x (Kahan).
    one = operand(1.0, x.dtype)
    sum_ = node("Add", x, one)
    rounded = node("Sub", sum_, one)
    exact = node("Equal", rounded, operand(0.0, x.dtype))
    ratio = node("Div", x, node("Where", exact, one, rounded))
    near = node("Where", exact, x, node("Mul", node("Log", sum_), ratio))
    is_near = node("Less", node("Abs", x), operand(0.5, x.dtype))
    return node("Where", is_near, near, node("Log", sum_))


@traced
def _rsqrt(x: Any) -> Any:
    return node("Reciprocal", node("Sqrt", x))


@traced
def _square(x: Any) -> Any:
    return node("Mul", x, x)


@traced
def _isfinite(x: Any) -> Any:
    return node("Not", node("Or", node("IsNaN", x), node("IsInf", x)))


@traced
def _not_equal(x: Any, y: Any) -> Any:
    return node("Not", node("Equal", *both(x, y)))


@traced
def _remainder(x: Any, y: Any) -> Any:
    x, y = both(x, y)
    if not _is_float(x):
        return node("Mod", x, _not_zero(y))
    rest, zero = node("Mod", x, y, fmod=1), operand(0.0, x.dtype)
    other_side = node("Xor", node("Less", rest, zero), node("Less", y, zero))
    is_whole = node("Equal", rest, zero)
    wrong = node("And", other_side, node("Not", is_whole))
    return node("Where", wrong, node("Add", rest, y), rest)


@traced
def _floor_divide(x: Any, y: Any) -> Any:
    x, y = both(x, y)
    if _is_float(x):
        return node("Round", node("Div", node("Sub", x, _remainder(x, y)), y))
    y = _not_zero(y)  # ONNX Runtime's process would end
    return node("Div", node("Sub", x, node("Mod", x, y)), y)


def _not_zero(y: Any) -> Any:
    return node("Where", node("Equal", y, operand(0, y.dtype)), operand(1, y.dtype), y)


@traced
def _where(condition: Any, x: Any, y: Any) -> Any:
    return node("Where", condition, *both(x, y))


def _bitwise(kind: str) -> Any:
    def emit(x: Any, y: Any) -> Any:
        x, y = both(x, y)
        is_bool = getattr(x, "dtype", None) == np.bool_ or getattr(y, "dtype", None) == np.bool_
        return node(kind if is_bool else f"Bitwise{kind}", x, y)

    return emit


_table("bitwise_and=And bitwise_or=Or bitwise_xor=Xor", _bitwise)


@traced
def _bitwise_not(x: Any) -> Any:
    return node("Not" if x.dtype == np.bool_ else "BitwiseNot", x)


@traced
def _left_shift(x: Any, y: Any) -> Any:
    x, y = both(x, y)
    return node("Mul", x, _power_of_2(x, y))


@traced
def _right_shift(x: Any, y: Any) -> Any:
    x, y = both(x, y)
    divisor = _power_of_2(x, y)
    return node("Div", node("Sub", x, node("Mod", x, divisor)), divisor)


def _power_of_2(x: Any, y: Any) -> Any:
    return node("Pow", operand(2, x.dtype), y)


# Reductions


def _axes(x: Any, axis: Any) -> list[int]:
    axis = range(x.ndim) if axis is None else axis
    return [i % x.ndim for i in (axis if isinstance(axis, (tuple, list, range)) else [axis])]


def _reduced(kind: str) -> Any:
    def emit(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        axes = _axes(x, axis)
        if not axes:  # in ONNX no axes would be all of them
            return node("Identity", x)
        return node(kind, x, integers(*axes), keepdims=int(keepdims))

    return emit


_table("sum=ReduceSum mean=ReduceMean prod=ReduceProd max=ReduceMax min=ReduceMin", _reduced)


@traced
def _any(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    most = _reduced("ReduceMax")(
        Value(as_dtype(x, np.int32), x.shape, np.int32), axis=axis, keepdims=keepdims
    )
    return as_dtype(most, np.bool_)


@traced
def _argmax(x: Any, axis: int, keepdims: bool = False) -> Any:
    x = as_dtype(x, np.int32) if x.dtype == np.bool_ else x
    return as_dtype(node("ArgMax", x, axis=axis, keepdims=int(keepdims)), np.int32)


@traced
def _argsort(x: Any, axis: int) -> Any:
    # Of equal elements TopK takes the first one first.
    count = integers(x.shape[axis])
    _, order = node("TopK", x, count, outputs=2, axis=axis, largest=0)
    return as_dtype(order, np.int32)


@traced
def _cumsum(x: Any, axis: int) -> Any:
    return node("CumSum", x, np.array(axis, np.int64))


@traced
def _searchsorted(ordered: Any, x: Any, right: bool) -> Any:
    """Count the elements before each."""
    column = node("Unsqueeze", x, integers(x.ndim))
    before = node("LessOrEqual" if right else "Less", ordered, column)
    count = node("ReduceSum", as_dtype(before, np.int32), integers(x.ndim), keepdims=0)
    if not _is_float(x):
        return count
    size = operand(ordered.shape[0], np.int32)
    return node("Where", node("IsNaN", x), size, count)


@traced
def _arctan2(y: Any, x: Any) -> Any:
    y, x = both(y, x)
    zero, pi = operand(0.0, x.dtype), operand(math.pi, x.dtype)
    # The sign of a zero is that of the infinity which 1 divided by it gives.
    below, left = (
        node("Less", node("Where", node("Equal", z, zero), node("Reciprocal", z), z), zero)
        for z in (y, x)
    )
    size_y, size_x = node("Abs", y), node("Abs", x)
    steep = node("Greater", size_y, size_x)
    large, small = node("Max", size_y, size_x), node("Min", size_y, size_x)
    same = node("Equal", size_y, size_x)  # infinities, too
    one = operand(1.0, x.dtype)
    ratio = node("Div", small, node("Where", node("Equal", large, zero), one, large))
    both_zero = node("Equal", large, zero)
    ratio = node("Where", node("And", same, node("Not", both_zero)), one, ratio)
    angle = node("Atan", ratio)
    half = operand(math.pi / 2, x.dtype)
    angle = node("Where", steep, node("Sub", half, angle), angle)
    angle = node("Where", left, node("Sub", pi, angle), angle)
    return node("Where", below, node("Neg", angle), angle)


@traced
def _det(x: Any) -> Any:
    return node("Det", x)


def softmax(x: Any, axis: Any = -1) -> Any:
    """Return the op's result as one node, or for several axes by its definition."""
    e = engine()
    if isinstance(axis, int):
        return _softmax(x, axis)
    scaled = e.exp(e.subtract(x, e.max(x, axis=tuple(axis), keepdims=True)))
    return e.divide(scaled, e.sum(scaled, axis=tuple(axis), keepdims=True))


_softmax = in_graph(lambda x, axis: node("Softmax", x, axis=axis), like="negative")
