"""`x[key]`, where torch's own refuses steps backward and means something else by index arrays."""

import torch

from lamina.engine import indexing


def getitem(x, key):
    parts = key if isinstance(key, tuple) else (key,)
    if all(map(_is_plain, parts)):
        return x[key]
    return indexing.getitem(x, key, _backward)


def _is_plain(part):
    if isinstance(part, slice):
        return part.step is None or part.step > 0
    return part is None or part is Ellipsis or type(part) is int


def _backward(x, parts):
    """`x[parts]`, each axis flipped that a slice runs through backward."""
    axis, parts = 0, indexing.spelled_out(parts, x.ndim)
    for i, part in enumerate(parts):
        if not _is_plain(part):
            size = x.shape[axis]
            start, stop, step = part.indices(size)
            x, parts[i] = torch.flip(x, (axis,)), slice(size - 1 - start, size - 1 - stop, -step)
        axis += part is not None
    return x[tuple(parts)]
