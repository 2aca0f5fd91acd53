"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.nn.windows import (
    channels_first,
    holds_no_window,
    padding_of,
    per_axis,
    to_first,
    to_last,
)

__all__ = ["adaptive_average_pool", "adaptive_max_pool", "average_pool", "max_pool"]


def _pooled(
    inputs: Any, pool: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None
) -> Any:
    if channels_first(data_format):
        return to_first(
            _pooled(to_last(inputs), pool, pool_size, strides, padding, "channels_last")
        )
    _, *space, _ = engine().shape(inputs)
    size = per_axis(pool_size, len(space), "pool_size")
    strides = size if strides is None else per_axis(strides, len(space), "strides")
    if holds_no_window(padding, space, size):
        raise ValueError(
            f"The window {size} is larger than the space {tuple(space)}; use padding='same' or a smaller window."
        )
    return pool(inputs, size, strides, padding_of(padding, space, size, strides))


@op
def max_pool(
    inputs: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Return the largest element of each window; `strides` default to the window's size."""
    return _pooled(inputs, engine().max_pool, pool_size, strides, padding, data_format)


@op(promote="inputs", floating=True, single=True)
def average_pool(
    inputs: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Average each window over the cells that exist; half-size floats are summed in float32."""
    e = engine()

    def mean_of_existing(x: Any, size: Any, strides: Any, widths: Any) -> Any:
        total = e.sum_pool(x, size, strides, widths)
        if all(pair == (0, 0) for pair in widths):
            return e.divide(total, float(math.prod(size)))
        ones = e.full((1, *e.sizes(x)[1:-1], 1), 1, e.dtype(x))
        return e.divide(total, e.sum_pool(ones, size, strides, widths))

    return _pooled(inputs, mean_of_existing, pool_size, strides, padding, data_format)


@op(promote="inputs", floating=True, single=True)
def adaptive_average_pool(
    inputs: Tensor, output_size: int | Sequence[int], data_format: str | None = None
) -> Tensor:
    """Average over windows that are laid out so that the result's space has `output_size`.

    Window i of n cells in m places goes from `floor(i * n / m)` up to `ceil((i + 1) * n / m)`.

    Shapes: as in `average_pool`.

    Raises:
        ValueError: a size is not a positive integer, or not given for each axis of space.

    Example:
        >>> adaptive_average_pool(np.arange(6.0).reshape(1, 6, 1), 2).ravel().tolist()
        [1.0, 4.0]
    """
    return _adaptive(inputs, output_size, data_format, _means)


@op
def adaptive_max_pool(
    inputs: Tensor, output_size: int | Sequence[int], data_format: str | None = None
) -> Tensor:
    """Return the largest elements of the windows of `adaptive_average_pool`.

    Raises:
        ValueError: a size is not a positive integer, or not given for each axis of space.

    Example:
        >>> adaptive_max_pool(np.arange(5.0).reshape(1, 5, 1), 2).ravel().tolist()
        [2.0, 4.0]
    """
    return _adaptive(
        inputs, output_size, data_format, lambda x, axis, _: engine().max(x, axis=axis)
    )


def _adaptive(x: Any, output_size: Any, data_format: str | None, reduce: Any) -> Any:
    """Reduce axis by axis, since a window is a box: `reduce(windows, axis, sizes)` for each in turn."""
    first = 2 if channels_first(data_format) else 1
    n = len(engine().shape(x)) - 2
    sizes = per_axis(output_size, n, "output_size")
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError(f"`output_size` must be positive integers, not {output_size!r}.")
    for axis, size in enumerate(sizes, start=first):
        x = _pooled_along(x, axis, size, reduce)
    return x


def _pooled_along(x: Any, axis: int, size: int, reduce: Any) -> Any:
    e = engine()
    shape = tuple(e.shape(x))
    cells = shape[axis]
    if cells % size == 0:  # equal windows, side by side
        windows = e.reshape(x, (*shape[:axis], size, cells // size, *shape[axis + 1 :]))
        return reduce(windows, axis + 1, None)
    starts = [i * cells // size for i in range(size)]
    lengths = [-(-(i + 1) * cells // size) - start for i, start in enumerate(starts)]
    longest = max(lengths)
    # A shorter window (by one) names its last cell twice, which changes no maximum.
    places = [
        a + min(j, n - 1) for a, n in zip(starts, lengths, strict=True) for j in range(longest)
    ]
    taken = e.take(x, e.asarray(places, "int32"), axis)
    windows = e.reshape(taken, (*shape[:axis], size, longest, *shape[axis + 1 :]))
    return reduce(windows, axis + 1, lengths)


def _means(windows: Any, axis: int, lengths: list[int] | None) -> Any:
    e = engine()
    if lengths is None:
        return e.mean(windows, axis=axis)
    longest, after = max(lengths), (1,) * (len(e.shape(windows)) - axis - 1)
    shares = [(j < n) / n for n in lengths for j in range(longest)]
    shares = e.asarray(shares, e.dtype(windows))
    return e.sum(e.multiply(windows, e.reshape(shares, (len(lengths), longest, *after))), axis=axis)
