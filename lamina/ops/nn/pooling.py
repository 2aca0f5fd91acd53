"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.ops.nn.windows import channels_first, padding_of, per_axis, to_first, to_last

__all__ = ["average_pool", "max_pool"]


def _pooled(
    inputs: Any, pool: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None
) -> Any:
    e = engine()
    if channels_first(data_format):
        return to_first(
            _pooled(to_last(inputs), pool, pool_size, strides, padding, "channels_last")
        )
    _, *space, _ = e.shape(inputs)
    size = per_axis(pool_size, len(space), "pool_size")
    strides = size if strides is None else per_axis(strides, len(space), "strides")
    if padding == "valid" and any(s < w for s, w in zip(space, size, strict=True)):
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
    """Largest element of each window; `strides` default to the window's size."""
    return _pooled(inputs, engine().max_pool, pool_size, strides, padding, data_format)


@op
def average_pool(
    inputs: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Mean of each window, over the cells that exist."""
    e = engine()

    def mean_of_existing(x: Any, size: Any, strides: Any, widths: Any) -> Any:
        total = e.sum_pool(x, size, strides, widths)
        if not any(a or b for a, b in widths):
            return e.divide(total, float(math.prod(size)))
        ones = e.full((1, *e.shape(x)[1:-1], 1), 1, e.dtype(x))
        return e.divide(total, e.sum_pool(ones, size, strides, widths))

    return _pooled(inputs, mean_of_existing, pool_size, strides, padding, data_format)
