"""Rows for attention."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import FLOATS, array, case


def _attention(draw: Callable) -> tuple:
    batch, queries, keys, size = (draw(st.integers(1, 4)) for _ in range(4))
    kind, key_heads = [draw(st.sampled_from(FLOATS))], draw(st.integers(1, 2))
    heads = key_heads * draw(st.integers(1, 3))
    query = array(draw, (batch, queries, heads, size), kind)
    key, value = (array(draw, (batch, keys, key_heads, size), kind) for _ in range(2))
    bias = array(draw, (batch, heads, queries, keys), kind)
    mask = array(draw, (batch, 1, queries, keys), ["bool"])
    added = draw(st.sampled_from([[], [bias], [None, mask], [bias, mask]]))
    return [query, key, value, *added], {"is_causal": draw(st.booleans())}


TABLE = {"dot_product_attention": _attention}

RNG = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype("float32")


Q, K, V = normal(2, 3, 4, 8), normal(2, 5, 4, 8), normal(2, 5, 4, 8)
BIAS = normal(2, 4, 3, 5)
MASK = RNG.random((2, 1, 3, 5)) > 0.4
MASK[0, 0, 1] = False  # no key is left
ONE_HEAD, TWO_HEADS = (K[:, :, :1], V[:, :, :1]), (K[:, :, :2], V[:, :, :2])
HALF = [x.astype("float16") for x in (Q, K, V)]

CASES = {
    "dot_product_attention": [
        case(Q, K, V),
        case(Q, K, V, is_causal=True),
        case(K, Q, Q, is_causal=True),
        case(Q, K, V, mask=MASK),
        case(Q, K, V, mask=MASK[1, 0]),
        case(Q, K, V, bias=BIAS),
        case(Q, K, V, bias=BIAS[0], mask=MASK, is_causal=True),
        case(Q, K, V, bias=BIAS, is_causal=True, scale=0.3),
        case(Q, *ONE_HEAD),
        case(Q, *TWO_HEADS, mask=MASK),
        case(Q, K, V, flash_attention=False),
        case(*HALF),
        case(*HALF, mask=MASK, is_causal=True),
    ],
}
