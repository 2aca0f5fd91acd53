"""`KVCache`: keys and values of the positions that attention has seen."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NamedTuple

from lamina import ops
from lamina.core.naming import described
from lamina.engine.current import engine

written_over: ContextVar[bool] = ContextVar("written_over", default=False)
"""Whether a cache may be written into: whoever sets it keeps none but the last."""


class KVCache(NamedTuple):
    """What one layer of attention keeps while a sequence grows, so that each position is computed once.

    A named tuple of two tensors: every engine carries it through a compiled loop, and functions of `tree` take it
    apart. It has room for `length` positions from the beginning; a layer returns the next one. Within a
    `Generator` that may take the place of the last; elsewhere none changes.

    Args:
        keys: `(batch, length, key heads, size of a key)`.
        values: `(batch, length, key heads, size of a value)`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.MultiHeadAttention(num_heads=2, key_dim=4)
        >>> x = np.ones((1, 3, 8), "float32")
        >>> cache = layer.make_cache(batch=1, length=10)
        >>> y, cache = layer(x, x, use_causal_mask=True, cache=cache, cache_update_index=0)
        >>> y.shape, cache.length
        ((1, 3, 8), 10)

    Source: Pope et al. 2022, "Efficiently scaling Transformer inference", section 2.
    """

    keys: Any
    values: Any

    @property
    def length(self) -> int:
        """How many positions there is room for."""
        return self.keys.shape[1]

    def updated(self, keys: Any, values: Any, start: Any) -> KVCache:
        """Return the cache with these positions `(batch, positions, heads, size)` from `start` on."""
        if keys.shape[1] > self.length:
            raise ValueError(
                f"A cache for {self.length} positions cannot take {keys.shape[1]}: make one that is as long as "
                "prompt and answer together."
            )
        at, update = (0, start, 0, 0), ops.slice_update
        if written_over.get():
            update = engine().overrides.get("write_block", update)
        return KVCache(update(self.keys, at, keys), update(self.values, at, values))


def check_cached(layer: Any, query: Any, masks: tuple, cache: KVCache) -> None:
    """Refuse what a cache cannot go with."""
    if len(query.shape) != 3:
        raise ValueError(
            f"{described(layer)}: a cache goes with queries (batch, positions, size), given {tuple(query.shape)}."
        )
    for mask in masks:
        if mask is not None and mask.shape[1] != cache.length:
            raise ValueError(
                f"{described(layer)}: with a cache for {cache.length} positions a mask must say of each whether it "
                f"may be seen; the mask of the values or keys has the shape {tuple(mask.shape)}. Masks that came "
                "with the tensors know the new positions only: leave `mask_zero` out, and pass "
                "`attention_mask` (batch, queries, length of the cache) if need be."
            )
