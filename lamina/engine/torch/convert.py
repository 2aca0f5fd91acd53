"""Tensors in and out: conversion, dtypes, placing.

Apart from `arrays.py`, whose names shadow the builtins `any`, `max`, `sum` that are used here.
"""

import ml_dtypes
import numpy as np
import optree
import torch

from lamina.engine.abstractly import is_abstract
from lamina.engine.names import NARROW, WEAK
from lamina.engine.torch.devices import CARRIERS, DTYPES, NAMES, current_device, named, recording

name = "torch"
array_types = (torch.Tensor,)
capabilities = "differentiates compiles repeats places draws"

_SHARED = frozenset(map(np.dtype, ("float32", "float64", "int32", "int64", "uint8", "bool")))


def asarray(x, dtype=None):
    if dtype is None:
        dtype = WEAK.get(type(x))
    native = None if dtype is None else DTYPES[str(dtype)]
    if isinstance(x, torch.Tensor):
        return x.to(device=_home(x), dtype=native)
    if type(x) in WEAK:
        return torch.tensor(x, dtype=native, device=current_device())
    if isinstance(x, (list, tuple)):
        return _from_list(x, native)
    # A copy: an optimizer that writes in place must never reach the caller's own memory.
    x = from_numpy(np.array(x))
    return x.to(device=_home(x), dtype=native)


def _home(x):
    """Where `x` is to lie: on the device, but for random keys.

    The host must read a key to seed a generator. On a graphics processor that would wait for all
    work queued there, at every dropout; and torch computes nothing with uint32 there anyway.
    """
    if x.dtype is torch.uint32 and x.shape == (2,) and not is_abstract():
        return "cpu"
    return current_device()


def _from_list(x, native):
    if any(isinstance(leaf, torch.Tensor) for leaf in optree.tree_leaves(x)):
        return torch.stack([asarray(part, NAMES.get(native)) for part in x])
    x = np.asarray(x)
    narrow = NARROW.get(x.dtype.name) if native is None else None
    x = from_numpy(x if narrow is None else x.astype(narrow))
    return x.to(device=current_device(), dtype=native)


def from_numpy(x):
    """A tensor on the host that shares memory where torch can."""
    if x.dtype in _SHARED and x.flags.c_contiguous and x.flags.writeable:
        return torch.from_numpy(x)
    name = x.dtype.name
    if name not in NAMES.values():
        raise TypeError(f"The torch engine has no dtype for a NumPy array of dtype {x.dtype}.")
    if not x.flags.writeable or not x.dtype.isnative or any(stride < 0 for stride in x.strides):
        x = np.array(x, dtype=x.dtype.newbyteorder("="), order="C")
    if name in CARRIERS:
        return torch.from_numpy(x.view(CARRIERS[name])).view(getattr(torch, name))
    return torch.from_numpy(x)


def to_numpy(x):
    if recording.get():
        raise RuntimeError("a value is needed, so this program cannot be recorded")
    name = NAMES[x.dtype]
    if name in CARRIERS:
        x = x.detach().view(DTYPES[CARRIERS[name]])
        return x.numpy(force=True).view(getattr(ml_dtypes, name))
    return x.numpy(force=True)  # from any device, without its gradient


def cast(x, dtype):
    return x.to(DTYPES[dtype])


def dtype(x):
    return NAMES[x.dtype]


def shape(x):
    return tuple(x.shape)


def place(x, layout=None):
    where = named(layout) if isinstance(layout, str) else layout or current_device()
    return (from_numpy(x) if isinstance(x, np.ndarray) else asarray(x)).to(where)


def synchronize(x):
    kind = current_device().type
    if kind in ("cuda", "mps"):
        getattr(torch, kind).synchronize()
