"""Which axes a reduction goes along, in which dtype it is computed, and its root."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.engine.contract import Axis
from lamina.engine.current import engine

SUMMED_AS = {
    "bool": "int32",
    "int8": "int32",
    "int16": "int32",
    "uint8": "uint32",
    "uint16": "uint32",
}


def axes_of(axis: Any) -> Axis:
    """Return one axis as it is, several as a tuple."""
    return tuple(axis) if isinstance(axis, list) else axis


def flattened(x: Any, axis: int | None) -> tuple[Any, int]:
    """Return `x` and `axis`; if that is `None`, all elements of `x` in one axis, and 0."""
    return (engine().reshape(x, (-1,)), 0) if axis is None else (x, axis)


def part(x: Any, axis: int, index: Any) -> Any:
    """Return what `index`, a number or a slice, takes of `x` along `axis`."""
    return engine().getitem(x, (*(slice(None),) * (axis % len(engine().shape(x))), index))


def vector(name: str, parameter: str, x: Any) -> int:
    """Return the number of elements of the 1-d `x`; refuse another number of axes."""
    shape = engine().shape(x)
    if len(shape) != 1:
        raise ValueError(
            f"ops.{name}: `{parameter}` must have one axis; its shape is {tuple(shape)}."
        )
    return shape[0]


def axes_of_some(name: str, x: Any, axis: Any) -> Axis:
    """Return `axes_of(axis)`, along which `x` must have elements.

    Raises:
        ValueError: it has none; `name` is the op that was called.
    """
    axes, shape = axes_of(axis), engine().shape(x)
    if 0 in shape:
        along = range(len(shape)) if axes is None else axes if isinstance(axes, tuple) else (axes,)
        if any(shape[i] == 0 for i in along):
            raise ValueError(
                f"ops.{name}: a tensor of shape {shape} has no elements along axis {axis}, so there is "
                "none to choose."
            )
    return axes


def widened(x: Any) -> Any:
    """Return `x` in the dtype that its sum has: small integers are summed in 32 bits."""
    dtype = engine().dtype(x)
    return engine().cast(x, SUMMED_AS[dtype]) if dtype in SUMMED_AS else x


def floating(x: Any) -> Any:
    """Return `x` in a floating dtype."""
    dtype = engine().dtype(x)
    return x if dtypes.is_float(dtype) else engine().cast(x, dtypes.result_type(dtype, "float"))


def root(x: Any) -> Any:
    """Return the square root, with slope 0 at 0: the true slope is infinite, and NaN once it meets a zero."""
    e = engine()
    return e.sqrt(e.where(e.equal(x, 0), e.stop_gradient(x), x))


def largest(x: Any, axis: Any, keepdims: bool = False) -> Any:
    """Return the largest elements along `axis`; 0 where there are no elements."""
    e = engine()
    # No engine takes the largest of nothing, but each sums it.
    reduce = e.sum if 0 in e.shape(x) else e.max
    return reduce(x, axis=axis, keepdims=keepdims)


def peak(x: Any, axis: Any) -> Any:
    """Return the largest elements along `axis`, which stays, as constants; 0 where there are no elements."""
    return engine().stop_gradient(largest(x, axis, keepdims=True))
