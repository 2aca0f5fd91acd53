"""Attention."""

from __future__ import annotations

import math
from typing import Any

from lamina.core import dtypes, settings
from lamina.core.op import Tensor, engine, op
from lamina.ops.nn.activation import softmax

__all__ = ["dot_product_attention"]

# Large, and still finite: a row with every key masked takes the mean of the values, and not NaN.
_LOWEST = -1e38


@op(promote="query key value")
def dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor = None,
    mask: Tensor = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """Average the values for each query, weighted by `softmax(query . key * scale + bias)`.

    Half-size floats are computed in float32. A query to which the mask leaves no key gets the plain
    mean of all values.

    Shapes: query `(batch, queries, heads, size)`; key and value `(batch, keys, key_heads, size)`,
    where each of the `key_heads` serves `heads / key_heads` neighbouring query heads; bias and mask
    broadcast to `(batch, heads, queries, keys)`. The result has the query's shape (and the value's size).

    Args:
        bias: added to the scores.
        mask: where it is false (or 0), a query does not see a key.
        scale: `1 / sqrt(size)` by default.
        is_causal: query number i sees keys 0 to i only.
        flash_attention: `True` demands an engine's fused kernel, `False` forbids it; `None` leaves
            it to `config.is_flash_attention_enabled`.
        attn_logits_soft_cap: scores become `cap * tanh(score / cap)`, before bias and mask.

    Raises:
        ValueError: shapes that do not fit, or `flash_attention=True` without a fused kernel.

    Example:
        >>> x = np.ones((1, 3, 2, 4), "float32")
        >>> dot_product_attention(x, x, 5 * x)[0, 0, 0].tolist()
        [5.0, 5.0, 5.0, 5.0]

    Source: Vaswani et al. 2017; Ainslie et al. 2023 (fewer key heads).
    """
    e = engine()
    _check(e.shape(query), e.shape(key), e.shape(value))
    fused = "attend" in e.overrides and attn_logits_soft_cap is None
    if flash_attention and not fused:
        raise ValueError(
            f"dot_product_attention: the engine {e.name!r} has no fused kernel"
            + (" with attn_logits_soft_cap" if attn_logits_soft_cap else "")
            + ", which flash_attention=True asks for. Leave flash_attention out to compute without."
        )
    if mask is not None and e.dtype(mask) != "bool":
        mask = e.not_equal(mask, 0)
    scale = 1 / math.sqrt(e.shape(query)[-1]) if scale is None else scale
    if flash_attention is None:
        flash_attention = settings.is_flash_attention_enabled()
    if fused and flash_attention:
        return attend(query, key, value, bias, mask, scale, is_causal)
    return attend.reference(query, key, value, bias, mask, scale, is_causal, attn_logits_soft_cap)


def _check(query: Any, key: Any, value: Any) -> None:
    fits = (
        len(query) == len(key) == len(value) == 4
        and query[0] == key[0] == value[0]
        and query[3] == key[3] >= 1
        and key[1:3] == value[1:3]
        and key[2] >= 1
        and query[2] % key[2] == 0
    )
    if not fits:
        raise ValueError(
            "dot_product_attention needs query (batch, queries, heads, size), key and value "
            "(batch, keys, key_heads, size), each at least 1, where key_heads divides heads; given "
            f"{tuple(query)}, {tuple(key)}, {tuple(value)}."
        )


@op(promote="query key value")
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor = None,
    mask: Tensor = None,
    scale: float = 1.0,
    is_causal: bool = False,
    soft_cap: float | None = None,
) -> Tensor:
    """Define `dot_product_attention` for checked arguments; an engine may override it."""
    e = engine()
    source = e.dtype(query)
    dtype = "float32" if source in dtypes.HALVES else source
    batch, queries, heads, size = e.shape(query)
    _, keys, key_heads, value_size = e.shape(value)
    query, key, value = (e.cast(x, dtype) for x in (query, key, value))
    if heads == key_heads:
        scores, weighted = "bthd,bshd->bhts", "bhts,bshd->bthd"
    else:
        scores, weighted = "btkgd,bskd->bkgts", "bkgts,bskd->btkgd"
        query = e.reshape(query, (batch, queries, key_heads, heads // key_heads, size))
    scores = e.einsum(scores, e.multiply(query, scale), key)
    if soft_cap is not None:
        scores = e.multiply(e.tanh(e.divide(scores, soft_cap)), soft_cap)
    scores = e.reshape(scores, (batch, heads, queries, keys))
    if bias is not None:
        scores = e.add(scores, e.cast(bias, dtype))
    if mask is not None:
        scores = e.where(mask, scores, _LOWEST)
    if is_causal:
        ahead = e.greater_equal(
            e.reshape(e.arange(0, queries, 1, "int32"), (queries, 1)), e.arange(0, keys, 1, "int32")
        )
        scores = e.where(ahead, scores, _LOWEST)
    weights = softmax(scores)
    if heads != key_heads:
        weights = e.reshape(weights, (batch, key_heads, heads // key_heads, queries, keys))
    result = e.einsum(weighted, weights, value)
    return e.cast(e.reshape(result, (batch, queries, heads, value_size)), source)
