"""Combining where indices say, on MLX."""

import mlx.core as mx

from lamina.engine.mlx.arrays import full
from lamina.engine.mlx.autodiff import custom_gradient
from lamina.engine.mlx.convert import dtype
from lamina.engine.neutral import neutral

_COMBINE = {"sum": "add", "prod": "multiply", "max": "maximum", "min": "minimum"}


def segment(x, ids, count, how):
    # What is out of range goes into a segment of its own, which is cut off.
    ids = mx.stop_gradient(mx.where((ids >= 0) & (ids < count), ids, count))
    if how == "sum":
        return _combined(x, ids, count, how)
    slope = _of_products if how == "prod" else _of_extremes

    @custom_gradient  # MLX does not have each of them
    def call(x):
        result = _combined(x, ids, count, how)
        at = mx.minimum(ids, max(count - 1, 0))

        def backward(upstream):
            within = (ids < count).reshape(-1, *[1] * (x.ndim - 1))
            return mx.where(within, slope(x, result, ids, count, at) * upstream[at], 0)

        return result, backward

    return call(x)


def _combined(x, ids, count, how):
    start = full((count + 1, *x.shape[1:]), neutral(how, dtype(x)), dtype(x))
    return (getattr(start.at[ids], _COMBINE[how])(x) if x.size else start)[:count]


def _of_extremes(x, result, ids, count, at):
    """Equal largest elements share it."""
    chosen = (x == result[at]).astype(x.dtype)
    return chosen / mx.maximum(_combined(chosen, ids, count, "sum"), 1)[at]


def _of_products(x, result, ids, count, at):
    """By each element the product of the others in its segment, zeros among them or not."""
    zero = x == 0
    present = mx.where(zero, 1, x)
    others = _combined(present, ids, count, "prod")[at] / present
    zeros = _combined(zero.astype(mx.int32), ids, count, "sum")[at]
    return mx.where((zeros == 0) | ((zeros == 1) & zero), others, 0)
