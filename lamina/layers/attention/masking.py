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


def causal(queries: int, keys: int, start: Any = 0) -> Any:
    """`(1, queries, keys)`: query number i, at position `start + i`, sees no key after that."""
    return ops.expand_dims(ops.less_equal(_distances(queries, keys, start), 0), 0)


def window(queries: int, keys: int, size: int, start: Any = 0) -> Any:
    """`(1, queries, keys)`: a query sees keys that are less than `size` away."""
    return ops.expand_dims(ops.less(ops.absolute(_distances(queries, keys, start)), size), 0)


def written(keys: int, end: Any) -> Any:
    """`(1, 1, keys)`: the first `end` keys of a cache."""
    return ops.reshape(ops.less(ops.arange(keys), end), (1, 1, keys))


def _distances(queries: int, keys: int, start: Any) -> Any:
    positions = ops.arange(queries)
    if not (isinstance(start, int) and start == 0):
        positions = ops.add(positions, start)
    return ops.subtract(ops.arange(keys), ops.expand_dims(positions, 1))


def lowest(dtype: str) -> float:
    """Return a score that counts for nothing; finite, so that a row of them gives no NaN."""
    return -3e4 if dtype == "float16" else -1e9
