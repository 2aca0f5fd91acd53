"""What attention with several heads has in common: projections, masks, the weighted mean."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from lamina import ops
from lamina.core import masks
from lamina.core.argument_kinds import Count
from lamina.core.naming import described
from lamina.layers.arguments import from_fields
from lamina.layers.attention import masking
from lamina.layers.attention.kv_cache import KVCache, check_cached
from lamina.layers.core.einsum_dense import EinsumDense
from lamina.layers.given_mask import check_mask
from lamina.layers.regularization.drawing import Drawing
from lamina.ops import random


@from_fields
class Mapped:
    """Where positions look, and the maps before and after."""

    sliding_window: Count | None = None
    flash_attention: bool | None = None
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    kernel_regularizer: Any = None
    bias_regularizer: Any = None
    activity_regularizer: Any = None
    kernel_constraint: Any = None
    bias_constraint: Any = None
    use_gate: bool = False
    seed: Any = None


class HeadedAttention(Drawing, Mapped):
    """Query, key and value go through maps of their own, look at each other, and one more map.

    Subclasses keep `query_heads`, `key_heads`, `key_size`, `value_size` and `attention_axes`.
    """

    query_heads: int
    key_heads: int
    key_size: int
    value_size: int
    attention_axes: Any = None
    output_shape: Any = None

    rates: ClassVar[tuple[str, ...]] = ("dropout",)
    supports_masking = True
    dropout: float
    use_bias: bool

    def _map(self, name: str, equation: str, sizes: tuple, bias_axes: str, shape: Any) -> Any:
        settings: dict[str, Any] = {
            f"{part}_{what}": getattr(self, f"{part}_{what}")
            for part in ("kernel", "bias")
            for what in ("initializer", "regularizer", "constraint")
        }
        settings |= {"bias_axes": bias_axes if self.use_bias else None, "name": name}
        layer = EinsumDense(equation, sizes, **settings, dtype=self.dtype_policy)
        layer.build(tuple(shape))
        return layer

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Make the maps."""
        key_shape = value_shape if key_shape is None else key_shape
        if value_shape is None:
            raise ValueError(
                f"{described(self)} takes a query and a value: `layer(x, x)` is self-attention."
            )
        self._check_shapes(query_shape, value_shape, key_shape)
        split = "...x,xhd->...hd"

        def into_heads(name: str, heads: int, size: int, shape: Any) -> Any:
            return self._map(name, split, (heads, size), "hd", shape)

        self._query_dense = into_heads("query", self.query_heads, self.key_size, query_shape)
        self._key_dense = into_heads("key", self.key_heads, self.key_size, key_shape)
        if self.use_gate:
            self._gate_dense = into_heads("gate", self.query_heads, self.value_size, query_shape)
        self._value_dense = into_heads("value", self.key_heads, self.value_size, value_shape)
        sizes = query_shape[-1:] if self.output_shape is None else tuple(self.output_shape)
        letters = "opqrstuvw"[: len(sizes)]
        merge = f"...hd,hd{letters}->...{letters}"
        shape = (*query_shape[:-1], self.query_heads, self.value_size)
        self._output_dense = self._map("attention_output", merge, sizes, letters, shape)

    def _check_shapes(self, query: Any, value: Any, key: Any) -> None:
        if not len(query) == len(value) == len(key) or len(query) < 3:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} needs query, value and key (batch, positions, size) "
                f"with equally many axes, given {tuple(query)}, {tuple(value)}, {tuple(key)}."
            )

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
        cache: KVCache | None = None,
        cache_update_index: Any = None,
    ) -> Any:
        """Compute the outputs; see the class."""
        value_mask = masks.get_mask(value) if value_mask is None else value_mask
        if key is not None and key_mask is None:
            key_mask = masks.get_mask(key)
        key = value if key is None else key
        if cache is not None:
            check_cached(self, query, (value_mask, key_mask), cache)
        elif len(query.shape) == 3:
            check_mask(self, query_mask, query, query.shape[:2], "query_mask")
            check_mask(self, value_mask, value, value.shape[:2], "value_mask")
            check_mask(self, key_mask, key, key.shape[:2], "key_mask")
        axes, rest = self._axes(len(query.shape))
        order = (0, *rest, *axes)
        places = [ops.shape(query)[a] for a in (0, *rest)]
        queries, keys = ([ops.shape(x)[a] for a in axes] for x in (query, key))
        flat = math.prod(places)

        def folded(x: Any, dense: Any) -> Any:
            x = dense(x)
            x = ops.transpose(x, (*order, len(x.shape) - 2, len(x.shape) - 1))
            along = math.prod(ops.shape(x)[len(places) : -2])
            return ops.reshape(x, (flat, along, *x.shape[-2:]))

        def projected() -> tuple[Any, Any]:
            return folded(key, self._key_dense), folded(value, self._value_dense)

        q, of_keys = folded(query, self._query_dense), [value_mask, key_mask]
        start = cache_update_index
        if cache is None:
            k, v = projected()
        else:
            cache = cache if start is None else cache.updated(*projected(), start)
            (k, v), keys = cache, [cache.length]
            if start is not None and not use_causal_mask:
                of_keys.append(masking.written(cache.length, ops.add(start, queries[0])))
        sizes, start = (math.prod(queries), math.prod(keys)), 0 if start is None else start
        mask = self._mask(places, *sizes, attention_mask, of_keys, use_causal_mask, start)
        result, weights = self._compute_attention(
            q, k, v, mask, bool(training), return_attention_scores
        )
        if self.use_gate:
            result = ops.multiply(result, ops.sigmoid(folded(query, self._gate_dense)))
        result = ops.reshape(result, (*places, *queries, *result.shape[-2:]))
        back = sorted(range(len(order)), key=order.__getitem__)
        result = ops.transpose(result, (*back, len(order), len(order) + 1))
        result = self._output_dense(result)
        results = [result]
        if return_attention_scores:
            results.append(ops.reshape(weights, (*places, self.query_heads, *queries, *keys)))
        if cache is not None:
            results.append(cache)
        return results[0] if len(results) == 1 else tuple(results)

    def make_cache(self, batch: int, length: int) -> KVCache:
        """Return an empty cache for `batch` sequences of at most `length` positions."""
        shape = (batch, length, self.key_heads)
        dtype = self.compute_dtype
        return KVCache(
            ops.zeros((*shape, self.key_size), dtype), ops.zeros((*shape, self.value_size), dtype)
        )

    def cache_of(self, value: Any, key: Any = None) -> KVCache:
        """Return the cache of a whole sequence at which later calls only look (no `cache_update_index`)."""
        key = value if key is None else key
        return KVCache(self._key_dense(key), self._value_dense(value))

    def _axes(self, ndim: int) -> tuple[list[int], list[int]]:
        """Axes over which positions look at each other, and those that stay apart."""
        if self.attention_axes is None:
            return list(range(1, ndim - 1)), []
        axes = [a % ndim for a in self.attention_axes]
        return axes, [a for a in range(1, ndim - 1) if a not in axes]

    def _mask(
        self,
        places: list,
        queries: int,
        keys: int,
        given: Any,
        of_keys: list,
        is_causal: bool,
        start: Any = 0,
    ) -> Any:
        """`(places, 1 or heads, queries, keys)`, or `None`."""
        window = self.sliding_window
        parts = [
            masking.causal(queries, keys, start) if is_causal else None,
            masking.window(queries, keys, window, start) if window else None,
            *(None if m is None else ops.reshape(m, (m.shape[0], 1, keys)) for m in of_keys),
        ]
        mask = masking.joined(*parts)
        if mask is not None:
            mask = ops.expand_dims(mask, 1)
        if given is not None:
            given = ops.cast(given, "bool")
            heads = given.shape[-3] if len(given.shape) > 3 else 1
            mask = masking.joined(mask, ops.reshape(given, (-1, heads, queries, keys)))
        if mask is not None and len(places) > 1 and mask.shape[0] not in (1, math.prod(places)):
            mask = ops.repeat(mask, math.prod(places[1:]), axis=0)
        return mask

    # The names of these two are Keras': subclasses of others override them.

    def _compute_attention(
        self,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
    ) -> tuple[Any, Any]:
        """Return what each head sees, `(batch, queries, heads, size)`, and the scores or `None`."""
        if not return_attention_scores and not (training and self.dropout > 0):
            result = ops.dot_product_attention(
                query, key, value, mask=attention_mask, flash_attention=self.flash_attention
            )
            return result, None
        if self.flash_attention:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: a fused kernel gives no scores and has no dropout; "
                "leave flash_attention=True out."
            )
        repeats = self.query_heads // self.key_heads
        key, value = (x if repeats == 1 else ops.repeat(x, repeats, axis=2) for x in (key, value))
        scores = ops.einsum("bthd,bshd->bhts", query, key)
        scores = ops.multiply(scores, 1 / math.sqrt(self.key_size))
        weights = kept = self._masked_softmax(scores, attention_mask)
        if training and self.dropout > 0:
            kept = random.dropout(weights, self.dropout, seed=self.seed_generator)
        return ops.einsum("bhts,bshd->bthd", kept, value), weights

    def _masked_softmax(self, attention_scores: Any, attention_mask: Any = None) -> Any:
        """Return the softmax over the keys that the mask allows; 0 at the others."""
        if attention_mask is None:
            return ops.softmax(attention_scores, axis=-1)
        low = ops.full((), masking.lowest(self.compute_dtype), attention_scores.dtype)
        weights = ops.softmax(ops.where(attention_mask, attention_scores, low), axis=-1)
        return ops.where(attention_mask, weights, ops.zeros_like(attention_scores))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments; which kernel computes is not among them."""
        return {k: v for k, v in super().get_config().items() if k != "flash_attention"}
