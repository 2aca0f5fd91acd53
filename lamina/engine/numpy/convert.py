"""Arrays in and out on NumPy: conversion and dtypes.

Apart from `arrays.py`, whose names shadow the builtins that are used here.
"""

import functools
from contextvars import ContextVar

import ml_dtypes
import numpy as np

from lamina.engine import names
from lamina.engine.names import NARROW, WEAK
from lamina.engine.widening import by_way_of

name = "numpy"
# NumPy's functions turn arrays without axes into scalars of its own, which count as arrays here.
array_types = (np.ndarray, np.generic)
capabilities = "compiles draws"

_BY_NAME = {name: np.dtype(getattr(ml_dtypes, name)) for name in names.EXTENSIONS}
EXTENSIONS = frozenset(_BY_NAME.values())
HALVES = frozenset((np.dtype("float16"), _BY_NAME["bfloat16"]))

is_quiet: ContextVar[bool] = ContextVar("lamina_numpy_quiet", default=False)


def quiet(fn):
    """`fn` without NumPy's warnings: log(0) is -inf on every engine, and no engine talks about it."""

    @functools.wraps(fn)
    def call(*args, **kwargs):
        if is_quiet.get():  # a compiled function is quiet as a whole
            return fn(*args, **kwargs)
        with np.errstate(all="ignore"):
            return fn(*args, **kwargs)

    return call


in_single = by_way_of(np.float32, HALVES, lambda x, dtype: x.astype(dtype))


def native(dtype):
    """The `numpy.dtype` of that name."""
    return _BY_NAME.get(dtype) or np.dtype(dtype)


def asarray(x, dtype=None):
    if dtype is None:
        dtype = WEAK.get(type(x))
    if dtype is not None:
        return np.asarray(x, dtype=native(dtype))
    result = np.asarray(x)
    if isinstance(x, (list, tuple)) and not any(isinstance(leaf, array_types) for leaf in _flat(x)):
        return result.astype(NARROW.get(result.dtype.name, result.dtype), copy=False)
    return result


def _flat(x):
    for part in x:
        if isinstance(part, (list, tuple)):
            yield from _flat(part)
        else:
            yield part


def to_numpy(x):
    return np.asarray(x)


@quiet
def cast(x, dtype):
    return x.astype(native(dtype))


_names = {}


def dtype(x):
    name = _names.get(x.dtype)
    if name is None:
        name = _names[x.dtype] = x.dtype.name
    return name


def shape(x):
    return x.shape
