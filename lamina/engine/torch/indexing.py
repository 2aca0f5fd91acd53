"""`x[key]` with NumPy's meaning, where torch's own differs: steps backward, ints among arrays."""

from __future__ import annotations

import numpy as np
import torch

_ARRAYS = (list, np.ndarray, np.generic, torch.Tensor)


def getitem(x, key):
    parts = key if isinstance(key, tuple) else (key,)
    if all(_is_plain(part) for part in parts):
        return x[key]
    parts = [_as_tensor(part, x.device) if isinstance(part, _ARRAYS) else part for part in parts]
    if any(isinstance(part, torch.Tensor) and part.ndim for part in parts):
        # NumPy counts an int beside an index array as an index array; torch would select first.
        parts = [_one_axis(part, x.device) for part in parts]
    return _prepared(x, parts)


def _is_plain(part):
    if isinstance(part, slice):
        return part.step is None or part.step > 0
    return part is None or part is Ellipsis or type(part) is int


def _as_tensor(part, device):
    part = torch.as_tensor(part, device=device)
    return part if part.dtype in (torch.bool, torch.int64) else part.to(torch.int64)


def _one_axis(part, device):
    """An index without axes as one with an axis of size 1, which broadcasts against the others."""
    if type(part) is int:
        return torch.tensor([part], device=device)
    return part.reshape(1) if isinstance(part, torch.Tensor) and part.ndim == 0 else part


def _prepared(x, parts):
    """`x[parts]`, after what torch's own indexing cannot do is done on the axes of `x`.

    An axis that a slice runs through backward is flipped. Where a tensor without axes selects, the
    axis is cut to that element: torch would read the value, which waits for the device and fails
    in a trace.
    """
    consumed = sum(_axes_used(part) for part in parts)
    axis, keys = 0, []
    for part in parts:
        if isinstance(part, slice) and not _is_plain(part):
            x, part = torch.flip(x, (axis,)), _mirrored(part, x.shape[axis])
        elif isinstance(part, torch.Tensor) and part.ndim == 0 and part.dtype is torch.int64:
            x, part = torch.index_select(x, axis, (part % x.shape[axis]).reshape(1)), 0
        keys.append(part)
        axis += x.ndim - consumed if part is Ellipsis else _axes_used(part)
    return x[tuple(keys)]


def _axes_used(part):
    if part is None or part is Ellipsis:
        return 0
    if isinstance(part, torch.Tensor) and part.dtype is torch.bool:
        return part.ndim
    return 1


def _mirrored(part, size):
    """The slice that reads the same elements from the flipped axis, forward."""
    start, stop, step = part.indices(size)
    return slice(size - 1 - start, size - 1 - stop, -step)
