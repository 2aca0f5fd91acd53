"""PyTorch's fused attention, which never holds the scores of all pairs."""

import torch
from torch.nn import functional


def attend(query, key, value, bias=None, mask=None, scale=1.0, is_causal=False):
    given = query.dtype
    query, key, value = (x.transpose(1, 2) for x in (query, key, value))
    # torch takes a mask or `is_causal`, not both.
    if is_causal and (bias is not None or mask is not None):
        pairs = query.shape[2], key.shape[2]
        past = torch.ones(pairs, dtype=torch.bool, device=query.device).tril()
        mask, is_causal = past if mask is None else mask & past, False
    if mask is not None:
        # A query that sees no key takes the mean of the values: its scores do not count, so they are 0
        # here, and nothing flows back through them.
        blind = ~mask.any(-1, keepdim=True)
        query = torch.where(blind, 0, query)
        lowest = max(torch.finfo(given).min, -1e38)  # finite, for torch subtracts it from itself
        bias = torch.where(mask, 0.0 if bias is None else bias.to(given), lowest)
        bias = torch.where(blind, 0, bias)
    result = functional.scaled_dot_product_attention(
        *(query, key, value),
        None if bias is None else bias.to(given),
        is_causal=is_causal,
        scale=float(scale),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return result.transpose(1, 2)
