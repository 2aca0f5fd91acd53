"""Writing and combining where indices say, on PyTorch."""

import torch

from lamina.engine.neutral import neutral
from lamina.engine.torch.arrays import unsigned_by_int64
from lamina.engine.torch.devices import NAMES

_NAMES = {"sum": "sum", "prod": "prod", "max": "amax", "min": "amin"}


def scatter_set(x, indices, updates):
    return x.index_put(tuple(indices.to(torch.int64).unbind(-1)), updates)


@unsigned_by_int64
def segment(x, ids, count, how):
    # What is out of range goes into a segment of its own, which is cut off.
    ids = torch.where((ids >= 0) & (ids < count), ids, count).to(torch.int64)
    start = torch.full(
        (count + 1, *x.shape[1:]), neutral(how, NAMES[x.dtype]), dtype=x.dtype, device=x.device
    )
    places = ids.reshape(-1, *[1] * (x.ndim - 1)).expand(x.shape)
    return start.scatter_reduce(0, places, x, _NAMES[how])[:count]
