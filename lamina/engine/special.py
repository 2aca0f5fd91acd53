"""Functions on other primitives, for engines whose library has none.

A function that no short formula gives is a series of Chebyshev polynomials that agrees with SciPy's at as many points
as the series has terms: the number that double precision needs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from scipy import special

from lamina.engine.current import engine

_TERMS = 60
_MIDDLE = 4.0  # the number of [0, infinity) that the middle of the series stands for


def arctan2(x: Any, y: Any) -> Any:
    """The contract's `arctan2`."""
    e = engine()
    dtype = e.dtype(x) if hasattr(x, "dtype") else e.dtype(y)
    x, y = e.asarray(x, dtype), e.asarray(y, dtype)
    high, wide = e.abs(x), e.abs(y)
    small, large = e.minimum(high, wide), e.maximum(high, wide)
    ratio = e.divide(small, e.where(e.equal(large, 0), 1, large))
    angle = e.arctan(e.where(e.equal(small, np.inf), 1, ratio))
    angle = e.where(e.greater(high, wide), e.subtract(np.pi / 2, angle), angle)
    angle = e.where(_is_negative(y), e.subtract(np.pi, angle), angle)
    return e.where(_is_negative(x), e.negative(angle), angle)


def _is_negative(x: Any) -> Any:
    """Tell negative numbers, and -0 from 0."""
    e = engine()
    return e.less(e.where(e.equal(x, 0), e.divide(1, x), x), 0)


def in_single(fn: Callable) -> Callable:
    """Decorate a function of arrays of one dtype: half precision goes by way of single."""

    @functools.wraps(fn)
    def call(x: Any) -> Any:
        e = engine()
        dtype = e.dtype(x)
        if dtype not in ("float16", "bfloat16"):
            return fn(x)
        return e.cast(fn(e.cast(x, "float32")), dtype)

    return call


@in_single
def expm1(x: Any) -> Any:
    """The contract's `expm1`: near 0, where the difference from 1 loses all digits, by `t = tanh(x / 2)`."""
    e = engine()
    t = e.tanh(e.multiply(x, 0.5))
    near = e.divide(e.add(t, t), e.subtract(1, t))
    return e.where(e.less(e.abs(x), 0.5), near, e.subtract(e.exp(x), 1))


@in_single
def log1p(x: Any) -> Any:
    """The contract's `log1p`: near 0 corrected by what rounding has made of `1 + x` (Kahan)."""
    e = engine()
    whole = e.add(x, 1)
    rounded, logarithm = e.subtract(whole, 1), e.log(whole)
    is_exact = e.equal(rounded, 0)
    near = e.multiply(logarithm, e.divide(x, e.where(is_exact, 1, rounded)))
    near = e.where(is_exact, x, near)
    return e.where(e.less(e.abs(x), 0.5), near, logarithm)


@in_single
def erfc(x: Any) -> Any:
    """The contract's `erfc`."""
    e, size = engine(), engine().abs(x)
    scaled = _sum(special.erfcx, _from_half_line, e.subtract(1, _share(size)))
    tail = e.multiply(e.exp(e.negative(e.square(size))), scaled)
    return e.where(e.less(x, 0), e.subtract(2, tail), tail)


@in_single
def i0(x: Any) -> Any:
    """The contract's `i0`."""
    e = engine()
    size = e.minimum(e.abs(x), 1000)  # there it is infinite
    scaled = _sum(_i0_scaled, _from_half_line, e.subtract(1, _share(size)))
    return e.multiply(e.exp(size), e.multiply(e.rsqrt(e.add(size, 1)), scaled))


@in_single
def erfinv(x: Any) -> Any:
    """The contract's `erfinv`."""
    e = engine()
    within = e.where(e.less(e.abs(x), 1), x, 0)
    logarithm = e.log(e.multiply(e.subtract(1, within), e.add(within, 1)))
    root = e.sqrt(e.subtract(1, logarithm))
    low, high = _ROOTS
    place = e.subtract(e.multiply(root, 2 / (high - low)), (high + low) / (high - low))
    inside = e.multiply(within, _sum(_erfinv_by_root, _from_roots, place))
    edge = e.where(e.equal(e.abs(x), 1), e.multiply(x, np.inf), np.nan)
    return e.where(e.less(e.abs(x), 1), inside, edge)


_ROOTS = (1.0, 6.25)  # of 1 - log(1 - x * x) for x from 0 to the last number before 1


def _from_roots(place: np.ndarray) -> np.ndarray:
    low, high = _ROOTS
    return (low + high) / 2 + place * (high - low) / 2


def _erfinv_by_root(root: np.ndarray) -> np.ndarray:
    beside = np.exp(1 - root**2)  # 1 - x * x
    x = np.sqrt(1 - beside)
    return special.erfcinv(beside / (1 + x)) / x


def _i0_scaled(x: np.ndarray) -> np.ndarray:
    return special.i0e(x) * np.sqrt(1 + x)


def _share(x: Any) -> Any:
    """Return `2 m / (m + x)`: from 2 at 0 to 0 at infinity."""
    e = engine()
    return e.divide(2 * _MIDDLE, e.add(x, _MIDDLE))


def _from_half_line(place: np.ndarray) -> np.ndarray:
    """Return the numbers of [0, infinity) that places in [-1, 1) stand for."""
    return _MIDDLE * (1 + place) / (1 - place)


def _sum(fn: Callable, argument: Callable, place: Any) -> Any:
    """Evaluate `fn(argument(place))` for places in [-1, 1] as a series (Clenshaw 1955)."""
    e = engine()
    double = e.multiply(place, 2)
    first, second = e.multiply(place, 0), e.multiply(place, 0)
    coefficients = _coefficients(fn, argument, e.dtype(place))
    for coefficient in coefficients[:0:-1]:
        rest = e.subtract(e.multiply(double, first), second)
        first, second = e.add(rest, coefficient), first
    return e.add(e.subtract(e.multiply(place, first), second), coefficients[0])


@functools.cache
def _coefficients(fn: Callable, argument: Callable, dtype: str) -> list[float]:
    """Return the coefficients that count in a dtype."""
    values = chebyshev.chebinterpolate(lambda place: fn(argument(place)), _TERMS)
    counting = np.abs(values) > np.finfo(dtype).eps / 16 * np.abs(values).max()
    return values[: np.flatnonzero(counting)[-1] + 1].tolist()


def left_shift(x: Any, y: Any) -> Any:
    """The contract's `left_shift`."""
    e = engine()
    return e.multiply(x, e.power(2, e.asarray(y, e.dtype(x))))


def right_shift(x: Any, y: Any) -> Any:
    """The contract's `right_shift`."""
    e = engine()
    return e.floor_divide(x, e.power(2, e.asarray(y, e.dtype(x))))


def any(x: Any, **how: Any) -> Any:
    """The contract's `any`."""
    e = engine()
    return e.greater(e.max(e.cast(x, "int32"), **how), 0)


def searchsorted(ordered: Any, x: Any, right: bool) -> Any:
    """The contract's `searchsorted`: counts the elements before each."""
    e = engine()
    column = e.reshape(x, (*e.shape(x), 1))
    before = e.less_equal(ordered, column) if right else e.less(ordered, column)
    count = e.sum(e.cast(before, "int32"), axis=-1)
    return e.where(e.isnan(x), e.shape(ordered)[0], count) if "float" in e.dtype(x) else count


def cumprod(x: Any, axis: int) -> Any:
    """The contract's `cumprod`, one row after the other."""
    e, ndim = engine(), len(engine().shape(x))
    order = [axis % ndim, *(i for i in range(ndim) if i != axis % ndim)]
    rows = e.transpose(x, order)
    count, *shape = e.shape(rows)
    first = e.full(tuple(shape), 1, e.dtype(x))
    products = e.scan(lambda y, row: (e.multiply(y, row),) * 2, first, rows, count)[1]
    return e.transpose(products, [order.index(i) for i in range(ndim)])


def conj(x: Any) -> Any:
    """The contract's `conj`."""
    e = engine()
    return e.make_complex(e.real(x), e.negative(e.imag(x)))


def irfft(x: Any, n: int) -> Any:
    """The contract's `irfft`: the other half of the numbers are these, conjugated."""
    e, count = engine(), n // 2 + 1
    missing = max(count - e.shape(x)[-1], 0)
    halves = []
    for part in (e.real(x), e.imag(x)):
        widths = [(0, 0)] * (len(e.shape(part)) - 1) + [(0, missing)]
        halves.append(e.getitem(e.pad(part, widths), (..., slice(0, count))))
    real, imag = (e.getitem(half, (..., slice(n - count, 0, -1))) for half in halves)
    others = real, e.negative(imag)
    both = (e.concatenate(pair, -1) for pair in zip(halves, others, strict=True))
    return e.real(e.ifft(e.make_complex(*both), axes=(-1,)))
