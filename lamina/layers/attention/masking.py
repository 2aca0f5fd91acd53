"""Who may look at whom: masks of attention, put together."""

from __future__ import annotations

from typing import Any

from lamina import ops


def joined(*masks: Any) -> Any:
    """Join masks, of which some may be `None`: true where all are; `None` if there is none."""
    given = [ops.cast(mask, "bool") for mask in masks if mask is not None]
    result = given[0] if given else None
    for mask in given[1:]:
        result = ops.logical_and(result, mask)
    return result


def causal(queries: int, keys: int) -> Any:
    """`(1, queries, keys)`: query number i sees keys 0 to i."""
    return ops.expand_dims(ops.less_equal(_distances(queries, keys), 0), 0)


def window(queries: int, keys: int, size: int) -> Any:
    """`(1, queries, keys)`: a query sees keys that are less than `size` away."""
    return ops.expand_dims(ops.less(ops.absolute(_distances(queries, keys)), size), 0)


def _distances(queries: int, keys: int) -> Any:
    return ops.subtract(ops.arange(keys), ops.expand_dims(ops.arange(queries), 1))


def lowest(dtype: str) -> float:
    """Return a score that counts for nothing; finite, so that a row of them gives no NaN."""
    return -3e4 if dtype == "float16" else -1e9
