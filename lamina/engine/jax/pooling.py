"""Pools on JAX. On a processor they are made of slices, in forms that XLA fuses and spreads over cores.

XLA's own kernels take the windows one by one. Milliseconds of two cores, XLA's own and these:

| `x`, window, strides | maximum | its gradient | sum | its gradient |
|---|---|---|---|---|
| `(128, 26, 26, 32)`, 2 x 2, 2 | .25, .12 | 25, .44 | .21, .10 | .15, .15 |
| `(32, 56, 56, 64)`, 3 x 3, 2 | 8.5, 1.3 | 85, 6 | 5.2, .7 | 25, 3 |
| `(32, 28, 28, 64)`, 3 x 3, 1 | 7.1, 1.0 | 74, 8 | 4.9, .6 | 4.7, 4 |
"""

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lamina.engine.jax.cells import cells, padded
from lamina.engine.jax.devices import is_processor

_MANY = 64  # cells of a window: a slice for each would make a long program


def max_pool(x, size, strides, padding):
    if not _in_slices(size):
        lowest = _lowest(x.dtype)
        return by_windows(x, size, strides, padding, lowest, lax.max)
    pool = _max_program if jnp.issubdtype(x.dtype, jnp.floating) else _largest
    return pool(x, tuple(size), tuple(strides), tuple(map(tuple, padding)))


def sum_pool(x, size, strides, padding):
    if not _in_slices(size):
        return by_windows(x, size, strides, padding, 0, lax.add)
    pool = _sum_program if jnp.issubdtype(x.dtype, jnp.floating) else _total
    return pool(x, tuple(size), tuple(strides), tuple(map(tuple, padding)))


def _in_slices(size):
    return math.prod(size) <= _MANY and is_processor()


def by_windows(x, size, strides, padding, start, combine):
    """Combine the cells of each window by XLA's own operation."""
    # A NumPy scalar: as an array of JAX it would be traced, and a pool of unknown start has no gradient.
    start = np.asarray(start, x.dtype)[()]
    return lax.reduce_window(
        x, start, combine, (1, *size, 1), (1, *strides, 1), ((0, 0), *padding, (0, 0))
    )


def _lowest(dtype):
    return -jnp.inf if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min


def _largest(x, size, strides, padding):
    parts = cells(x, size, strides, padding, _lowest(x.dtype))
    return functools.reduce(jnp.maximum, parts)


def _total(x, size, strides, padding):
    return functools.reduce(jnp.add, cells(x, size, strides, padding))


_max_pool = jax.custom_jvp(_largest, nondiff_argnums=(1, 2, 3))
_sum_pool = jax.custom_jvp(_total, nondiff_argnums=(1, 2, 3))
# Programs of their own: outside of a trace a function with its own derivative costs .2 ms at each call.
_max_program, _sum_program = (
    jax.jit(pool, static_argnums=(1, 2, 3), inline=True) for pool in (_max_pool, _sum_pool)
)


@_max_pool.defjvp
def _slope_of_max(size, strides, padding, values, slopes):
    """Take from each window the slope at its maximum, the first one of equals."""
    (x,), (slope,) = values, slopes
    y = _max_pool(x, size, strides, padding)
    place = _place_of_maximum(x, y, size, strides, padding)
    place = lax.expand_dims(place, range(2, 2 * len(size) + 1, 2))

    def chosen(block, numbers):
        return jnp.where(place == numbers.astype(place.dtype), block, 0)

    return y, _by_blocks(slope, y.shape, size, strides, padding, chosen)


@_sum_pool.defjvp
def _slope_of_sum(size, strides, padding, values, slopes):
    (x,), (slope,) = values, slopes
    y = _sum_pool(x, size, strides, padding)

    def inside(block, numbers):
        return block if (numbers >= 0).all() else jnp.where(numbers >= 0, block, 0)

    return y, _by_blocks(slope, y.shape, size, strides, padding, inside)


def _place_of_maximum(x, y, size, strides, padding):
    """Return the number, in its window, of the first cell that has the maximum.

    Each cell asks for it, and XLA would compute it as often: it does so with all but what is expensive, such
    as a root. So numbers are squares first, unless there are few.
    """
    parts = cells(x, size, strides, padding, _lowest(x.dtype))
    once = len(parts) > 4
    dtype, power = (np.float32, 2) if once else (np.int8, 1)
    place = jnp.full(y.shape, (len(parts) - 1) ** power, dtype)
    for number in reversed(range(len(parts) - 1)):
        place = jnp.where(parts[number] == y, np.array(number**power, dtype), place)
    return lax.sqrt(place) if once else place


def _by_blocks(x, shape, size, strides, padding, select):
    """Add up, for each window, what `select(block, numbers)` leaves of it.

    Space is seen as blocks of the size of `strides`; a window covers the block where it begins, and some of
    the next. So all of this is pads, reshapes and sums, and what XLA transposes them to is as simple.

    Args:
        shape: of the pool.
        select: of a block, `(batch, place, cell, ..., channels)`, and the numbers that its cells have in the
            window, -1 for those that are outside of it.
    """
    axes = tuple(range(2, 2 * len(size) + 1, 2))
    totals = []
    for block in itertools.product(
        *(range(-(-w // s)) for w, s in zip(size, strides, strict=True))
    ):
        widths, sizes = [], []
        for b, n, (low, _), places, stride in zip(
            block, x.shape[1:-1], padding, shape[1:-1], strides, strict=True
        ):
            low -= b * stride
            widths.append((low, places * stride - n - low))
            sizes += [places, stride]
        cut = padded(x, widths).reshape(shape[0], *sizes, shape[-1])
        totals.append(select(cut, _numbers(block, size, strides)).sum(axes))
    return functools.reduce(jnp.add, totals)


def _numbers(block, size, strides):
    """Return the numbers that the cells of a block have in the window, shaped as the block is."""
    numbers, inside = np.zeros((), np.int64), np.ones((), bool)
    for b, width, stride in zip(block, size, strides, strict=True):
        along = b * stride + np.arange(stride)
        numbers, inside = numbers[..., None] * width + along, inside[..., None] & (along < width)
    shape = (1, *(n for stride in strides for n in (1, stride)), 1)
    return np.where(inside, numbers, -1).reshape(shape)
