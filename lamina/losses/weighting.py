"""Sample weights and masks: aligned with the values they belong to, and reduced with them."""

from __future__ import annotations

import math
from typing import Any

from lamina.core.op import Tensor, op
from lamina.engine.current import engine

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "none", "mean_with_sample_weight", None)


def aligned(weight: Any, shape: tuple[int, ...], argument: str = "sample_weight") -> Any:
    """Reshape `weight`, a native array, so that it broadcasts to values of `shape` from the first axis on.

    One weight per sample, `(batch,)`, goes with values `(batch, time)`; a last axis of 1 too many
    is dropped. A mask has the sizes of the values, and is not repeated along axes of size 1.

    Args:
        argument: `"sample_weight"` or `"mask"`.

    Raises:
        ValueError: the sizes differ; broadcasting from the last axis would mix up the samples.
    """
    e = engine()
    before = sizes = tuple(e.shape(weight))
    if not sizes or sizes == shape:
        return weight
    if len(sizes) == len(shape) + 1 and sizes[-1] == 1:
        sizes = sizes[:-1]
    fits = (
        None in (n, m) or n == m or (n == 1 and argument != "mask")
        for n, m in zip(sizes, shape, strict=False)
    )
    if len(sizes) > len(shape) or not all(fits):
        each = "entry" if argument == "mask" else "weight"
        raise ValueError(
            f"`{argument}` has shape {before}, but the values that it belongs to have shape {shape}. Give one "
            f"{each} per sample, (batch,), or one per value. (Predictions without a features axis give "
            "one value for the whole batch: reshape them to (batch, 1).)"
        )
    sizes = sizes + (1,) * (len(shape) - len(sizes))
    return weight if sizes == before else e.reshape(weight, sizes)


@op
def reduce_weighted(
    values: Tensor,
    weight: Tensor = None,
    mask: Tensor = None,
    reduction: str | None = "sum_over_batch_size",
) -> Tensor:
    """Reduce `values * weight * mask` to one number, by `reduction`.

    Args:
        values: floating, `(batch, ...)`.
        weight: `(batch,)` or more axes of `values`; a number.
        mask: boolean, likewise; values that it leaves out count neither in sum nor in number.
        reduction: `"sum_over_batch_size"` (or `"mean"`) divides by the number of values, `"sum"` by
            nothing, `"mean_with_sample_weight"` by the sum of the weights; `"none"` keeps all values.
    """
    e = engine()
    if weight is None and mask is None:  # the short way, which most training takes
        if reduction in ("none", None):
            return values
        return e.sum(values) if reduction == "sum" else e.mean(values)
    dtype, shape = e.dtype(values), tuple(e.shape(values))
    if mask is not None:
        mask = aligned(_cast(mask, dtype), shape, "mask")
    total_weight = mask
    if weight is not None:
        weight = aligned(_cast(weight, dtype), shape)
        total_weight = weight if mask is None else e.multiply(weight, mask)
    weighted = e.multiply(values, total_weight)
    if reduction in ("none", None):
        return weighted
    total = e.sum(weighted)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight":
        return _over(total, e.sum(e.broadcast_to(total_weight, shape)))
    # In a graph of TensorFlow's own only a run may tell how many there are.
    ones = e.full(e.sizes(values), 1, dtype) if None in shape else None
    count = float(math.prod(shape)) if ones is None else e.sum(ones)
    if mask is None:
        return e.divide(total, count)
    return _over(total, e.multiply(e.mean(mask), count))


def _cast(x: Any, dtype: str) -> Any:
    e = engine()
    return x if e.dtype(x) == dtype else e.cast(x, dtype)


def _over(total: Any, divisor: Any) -> Any:
    """Divide `total` by `divisor`; 0 where nothing counts."""
    e = engine()
    nothing = e.equal(divisor, 0)
    return e.where(nothing, 0.0, e.divide(total, e.where(nothing, 1.0, divisor)))
