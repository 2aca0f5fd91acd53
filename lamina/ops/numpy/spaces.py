"""Numbers spaced evenly, by their differences or by their ratios."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.structure import moveaxis

__all__ = ["geomspace", "linspace", "logspace"]


@op(promote="start stop", floating=True, arrays=True)
def linspace(
    start: Tensor,
    stop: Tensor,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return `num` numbers from `start` to `stop`, evenly spaced.

    Args:
        endpoint: whether `stop` is the last of them.
        retstep: return `(numbers, step)`.
        dtype: of the numbers; integers are rounded down.
        axis: where the numbers lie in the result if `start` and `stop` have axes.

    Example:
        >>> linspace(0, 1, 5).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    e = engine()
    start, stop = _ends(start, stop, dtype)
    gaps = _gaps(num, endpoint)
    steps = _column(e.arange(0, num, 1, e.dtype(start)), start)
    span = e.subtract(stop, start)
    if dtype is not None and dtypes.standardize(dtype) in dtypes.INTS:
        # One division, of whole numbers most often: nothing falls below the integer it should be.
        numbers = e.floor(e.add(start, e.divide(e.multiply(steps, span), max(gaps, 1))))
    else:  # exact at both ends
        part = e.divide(steps, max(gaps, 1))
        numbers = e.add(e.multiply(start, e.subtract(1, part)), e.multiply(stop, part))
    numbers = _finished(numbers, dtype, axis)
    return (numbers, e.divide(span, gaps if gaps > 0 else float("nan"))) if retstep else numbers


@op(promote="start stop", floating=True, arrays=True)
def logspace(
    start: Tensor,
    stop: Tensor,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """Return `num` numbers from `base ** start` to `base ** stop`, each the same multiple of the one before.

    Example:
        >>> logspace(0, 2, 3, base=2).tolist()
        [1.0, 2.0, 4.0]
    """
    start, stop = _ends(start, stop, dtype)
    return _finished(engine().power(float(base), linspace(start, stop, num, endpoint)), dtype, axis)


@op(promote="start stop", floating=True, arrays=True)
def geomspace(
    start: Tensor,
    stop: Tensor,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """Return `num` numbers from `start` to `stop`, each the same multiple of the one before.

    NaN where one is 0 or their signs differ.

    Example:
        >>> geomspace(-1, -4, 3).tolist()
        [-1.0, -2.0, -4.0]
    """
    e = engine()
    start, stop = _ends(start, stop, dtype)
    sign = e.sign(start)
    logarithms = [e.log(e.multiply(end, sign)) for end in (start, stop)]
    numbers = e.multiply(sign, e.exp(linspace(*logarithms, num, endpoint)))
    place = _column(e.arange(0, num, 1, "int32"), start)
    exact = [(0, start), *([(num - 1, stop)] if endpoint and num > 1 else [])]
    for index, end in exact:
        numbers = e.where(e.equal(place, index), end, numbers)
    numbers = e.where(e.greater(e.multiply(sign, stop), 0), numbers, float("nan"))
    return _finished(numbers, dtype, axis)


def _ends(start: Any, stop: Any, dtype: Any) -> tuple[Any, Any]:
    """Return both ends in one shape, and as exact as the result is to be."""
    e = engine()
    if dtype is not None and dtypes.is_float(dtypes.standardize(dtype)):
        wide = dtypes.result_type(e.dtype(start), dtypes.standardize(dtype))
        start, stop = e.cast(start, wide), e.cast(stop, wide)
    both = e.subtract(stop, start)
    return tuple(e.broadcast_to(end, e.shape(both)) for end in (start, stop))  # type: ignore[return-value]


def _gaps(num: int, endpoint: bool) -> int:
    if num < 0:
        raise ValueError(f"ops.linspace: `num` counts the numbers, so it cannot be {num}.")
    return num - 1 if endpoint else num


def _column(row: Any, like: Any) -> Any:
    """Return `row` along a new first axis before those of `like`."""
    e = engine()
    return e.reshape(row, (e.shape(row)[0], *[1] * len(e.shape(like))))


def _finished(numbers: Any, dtype: Any, axis: int) -> Any:
    numbers = numbers if dtype is None else engine().cast(numbers, dtypes.standardize(dtype))
    return moveaxis(numbers, 0, axis) if axis else numbers
