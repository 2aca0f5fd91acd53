"""A border around a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.ops.core import convert_to_numpy
from lamina.ops.numpy.axes import floating, part

__all__ = ["pad"]

# Modes whose border repeats elements of the tensor: NumPy says which.
_REPEATING = {
    "edge": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "wrap": "wrap",
    "circular": "wrap",
}


@op
def pad(x: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """Put a border around `x`.

    Args:
        pad_width: an int, a pair, or a pair for each axis: how many before and after.
        mode: `"constant"` (`constant_values`, 0 unless given; `"empty"`: 0), `"edge"`, `"reflect"`,
            `"symmetric"`, `"wrap"` or `"circular"` (elements repeated), `"maximum"`, `"minimum"`,
            `"mean"`, `"median"` (of the whole axis), `"linear_ramp"` (from the edge down to 0).
        constant_values: a number, or numbers shaped as `pad_width` may be.

    Raises:
        ValueError: an unknown mode, negative widths, `constant_values` in another mode, or an axis
            without elements to pad with.

    Example:
        >>> pad(np.array([1, 2, 3]), (2, 1), mode="reflect").tolist()
        [3, 2, 1, 2, 3, 2]
    """
    shape = engine().shape(x)
    one_of("ops.pad", "mode", mode, ("constant", "empty", *_REPEATING, *_BORDERS))
    if constant_values is not None and mode != "constant":
        raise ValueError(f"ops.pad: `constant_values` has no meaning in mode {mode!r}.")
    try:
        widths = np.broadcast_to(convert_to_numpy(pad_width), (len(shape), 2)).tolist()
    except ValueError:
        raise ValueError(
            f"ops.pad: `pad_width` must be a number, a pair, or a pair for each of the {len(shape)} axes of "
            f"a tensor of shape {tuple(shape)}, not {pad_width!r}."
        ) from None
    if any(width < 0 for pair in widths for width in pair):
        raise ValueError(f"ops.pad: `pad_width` must not be negative; given: {pad_width}.")
    if mode in ("constant", "empty"):
        return _with_constants(x, widths, 0 if constant_values is None else constant_values)
    if any(size == 0 and any(pair) for size, pair in zip(shape, widths, strict=True)):
        raise ValueError(
            f"ops.pad: mode {mode!r} pads with elements of an axis, but shape {shape} has an axis without."
        )
    if mode in _REPEATING:
        return _with_elements(x, widths, _REPEATING[mode])
    for axis, (before, after) in enumerate(widths):
        if before or after:
            borders = _BORDERS[mode](x, axis, before, after)
            x = engine().concatenate([borders[0], x, borders[1]], axis)
    return x


def _with_constants(x: Any, widths: list, constants: Any) -> Any:
    e = engine()
    values = convert_to_numpy(constants)
    if e.dtype(x) == "bool" or e.dtype(x) in dtypes.INTS:
        values = values.astype(bool if e.dtype(x) == "bool" else "int64")
    if values.ndim == 0:
        return e.pad(x, [(a, b) for a, b in widths], values.item())
    for axis, pair in enumerate(np.broadcast_to(values, (len(widths), 2)).tolist()):
        for side in (0, 1):
            one = [(0, 0)] * len(widths)
            one[axis] = (widths[axis][0], 0) if side == 0 else (0, widths[axis][1])
            x = e.pad(x, one, pair[side])
    return x


def _with_elements(x: Any, widths: list, mode: Any) -> Any:
    e = engine()
    for axis, pair in enumerate(widths):
        if any(pair):
            order = np.pad(np.arange(e.shape(x)[axis]), pair, mode=mode)
            x = e.take(x, e.asarray(order, "int32"), axis)
    return x


def _spread(statistic: Callable) -> Callable:
    """Fill both borders with `statistic(x, axis)`, which keeps the axis."""

    def borders(x: Any, axis: int, before: int, after: int) -> list:
        e = engine()
        value = statistic(x, axis)
        shape = list(e.shape(x))
        filled = []
        for width in (before, after):
            shape[axis] = width
            filled.append(e.broadcast_to(value, tuple(shape)))
        return filled

    return borders


def _rounded(number: Any, x: Any) -> Any:
    """Return a floating `number` in the dtype of `x`, rounded if that is an integer one."""
    e = engine()
    dtype = e.dtype(x)
    return number if dtypes.is_float(dtype) else e.cast(e.round(number), dtype)


def _mean(x: Any, axis: int) -> Any:
    return _rounded(engine().mean(floating(x), axis=axis, keepdims=True), x)


def _median(x: Any, axis: int) -> Any:
    e = engine()
    size = e.shape(x)[axis]
    ordered = e.take_along_axis(x, e.argsort(x, axis), axis)
    return _mean(part(ordered, axis, slice((size - 1) // 2, size // 2 + 1)), axis)


def _ramps(x: Any, axis: int, before: int, after: int) -> list:
    e = engine()
    size, ramps = e.shape(x)[axis], []
    for width, edge in ((before, slice(0, 1)), (after, slice(size - 1, size))):
        rising = floating(part(x, axis, edge))
        along = [1] * len(e.shape(x))
        along[axis] = width
        height = e.reshape(e.arange(0, width, 1, e.dtype(rising)), tuple(along))
        ramp = e.divide(e.multiply(rising, height), max(width, 1))
        if not dtypes.is_float(e.dtype(x)):
            ramp = e.cast(e.floor(ramp), e.dtype(x))
        ramps.append(ramp)
    return [ramps[0], e.flip(ramps[1], axis)]


_BORDERS = {
    "maximum": _spread(lambda x, axis: engine().max(x, axis=axis, keepdims=True)),
    "minimum": _spread(lambda x, axis: engine().min(x, axis=axis, keepdims=True)),
    "mean": _spread(_mean),
    "median": _spread(_median),
    "linear_ramp": _ramps,
}
