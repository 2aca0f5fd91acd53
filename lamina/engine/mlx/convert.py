"""Arrays in and out on MLX: conversion and dtypes.

Apart from `arrays.py`, whose names shadow builtins.
"""

import ml_dtypes
import mlx.core as mx
import numpy as np
import optree

from lamina.engine import names
from lamina.engine.names import NARROW, WEAK
from lamina.engine.widening import by_way_of

name = "mlx"
array_types = (mx.array,)
capabilities = "differentiates compiles repeats places draws"

_OF_MLX = {"bool": "bool_", "float64": "float32", "complex128": "complex64"}
# MLX knows float64 on processors only, where half of its functions then compute in single precision: 64-bit
# floats are taken in narrower, as by JAX. It has no float8.
DTYPES = {
    name: getattr(mx, _OF_MLX.get(name, name)) for name in names.DTYPES if "float8" not in name
}
NAMES = {native: name for name, native in DTYPES.items() if name not in ("float64", "complex128")}
HALVES = frozenset((mx.float16, mx.bfloat16))
INTEGERS = frozenset(native for native, name in NAMES.items() if "int" in name or name == "bool")

in_single = by_way_of(mx.float32, HALVES, mx.array.astype)


def native(dtype):
    """MLX's own dtype of that name."""
    if dtype not in DTYPES:
        raise TypeError(f"The engine 'mlx' has no {dtype!r}, which jax, torch and numpy may have.")
    return DTYPES[dtype]


def asarray(x, dtype=None):
    if dtype is None:
        dtype = WEAK.get(type(x))
    if isinstance(x, mx.array):
        return x if dtype is None else x.astype(native(dtype))
    if type(x) in WEAK:
        return mx.array(x, native(dtype))
    if isinstance(x, (list, tuple)):
        if any(isinstance(leaf, mx.array) for leaf in optree.tree_leaves(x)):  # pyright: ignore[reportArgumentType]
            return mx.stack([asarray(part, dtype) for part in x])
        x = np.asarray(x)
        dtype = dtype or NARROW.get(x.dtype.name)
    x = np.asarray(x)
    wanted = native(dtype or x.dtype.name)
    if not x.dtype.isnative or any(stride < 0 for stride in x.strides):
        x = x.astype(x.dtype.newbyteorder("="), order="C")
    return mx.array(x, wanted)


def to_numpy(x):
    if x.dtype == mx.bfloat16:  # which NumPy's own exchange of buffers does not know
        return np.asarray(x.view(mx.uint16)).view(ml_dtypes.bfloat16)
    return np.asarray(x)


def cast(x, dtype):
    wanted = native(dtype)
    if wanted in INTEGERS and x.dtype not in INTEGERS:
        x = mx.stop_gradient(x)  # MLX would let a slope through
    return x.astype(wanted)


def dtype(x):
    return NAMES[x.dtype]


def shape(x):
    return x.shape


def synchronize(x):
    mx.eval([leaf for leaf in optree.tree_leaves(x) if isinstance(leaf, mx.array)])


def separated(args):
    """The arrays among `args`, and what puts others in their places."""
    places = [i for i, x in enumerate(args) if isinstance(x, mx.array)]

    def joined(arrays):
        by_place = dict(zip(places, arrays, strict=True))
        return [by_place.get(i, x) for i, x in enumerate(args)]

    return places, joined
