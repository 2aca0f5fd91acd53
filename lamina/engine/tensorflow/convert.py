"""Tensors in and out: conversion, dtypes, placing.

Apart from `arrays.py`, whose names shadow the builtins `any`, `max`, `sum` that are used here.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import optree
import tensorflow as tf

from lamina.engine.memory import ALIGNMENT, aligned
from lamina.engine.names import NARROW, WEAK
from lamina.engine.tensorflow.dtypes import DTYPES, constant

name = "tensorflow"
array_types = (tf.Tensor,)
capabilities = "differentiates compiles repeats places draws interoperates profiles"


def asarray(x, dtype=None):
    if isinstance(x, tf.Tensor):
        return x if dtype is None else cast(x, dtype)
    weak = WEAK.get(type(x))
    if weak is not None:
        return constant(x, DTYPES[weak if dtype is None else str(dtype)])
    if isinstance(x, (list, tuple)):
        tree: Any = x
        if any(isinstance(leaf, tf.Tensor) for leaf in optree.tree_leaves(tree)):
            return tf.stack([asarray(part, dtype) for part in x])
        x = np.asarray(x)
        dtype = NARROW.get(x.dtype.name) if dtype is None else dtype
    else:
        x = np.asarray(x)
    if not x.dtype.isnative:
        x = x.astype(x.dtype.newbyteorder("="))
    kind = _name_of(x.dtype)
    if kind not in DTYPES:
        raise TypeError(f"The TensorFlow engine has no dtype for a NumPy array of dtype {x.dtype}.")
    copied = tf.executing_eagerly() and _is_host() and kind not in _NEVER_COPIED
    taken = _copied(x) if copied else tf.convert_to_tensor(x)
    return taken if dtype is None else cast(taken, dtype)


def _copied(x):
    """Copy `x` to where TensorFlow can use it as it lies.

    `tf.convert_to_tensor` copies twice, because NumPy's memory is not aligned as TensorFlow wants it, and
    keeps the first copy until some op runs.
    """
    copy = aligned(x.shape, x.dtype)
    copy[...] = x
    if x.dtype.kind != "V":  # bfloat16 is of that kind
        return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())
    bits = copy.view(f"u{x.dtype.itemsize}")
    bits = tf.experimental.dlpack.from_dlpack(bits.__dlpack__())
    return tf.bitcast(bits, DTYPES[_name_of(x.dtype)])


def lent(x):
    """Return `x` as a tensor that may share its memory, for a program that returns nothing of what it got."""
    if not isinstance(x, np.ndarray) or not x.size or x.dtype.kind not in "fiu" or not _is_host():
        return asarray(x)
    lies_well = x.flags.c_contiguous and x.flags.writeable and x.ctypes.data % ALIGNMENT == 0
    if not lies_well or not x.dtype.isnative or x.dtype.name not in DTYPES:
        return asarray(x)
    return tf.experimental.dlpack.from_dlpack(x.__dlpack__())


@functools.cache
def _name_of(dtype):
    return dtype.name  # which takes NumPy a microsecond and five calls


_NEVER_COPIED = ("float8_e4m3fn", "float8_e5m2")  # TensorFlow takes no bits for these


@functools.cache
def _is_host():
    """Whether arrays lie on the host unless a program says otherwise."""
    return len(tf.config.list_logical_devices()) == 1


def to_numpy(x):
    # Without axes TensorFlow gives a scalar, which `asarray` takes for no array in bfloat16.
    return np.asarray(x) if x.shape.rank else np.asarray(x.numpy())


def cast(x, dtype):
    native = DTYPES[str(dtype)]
    return x if x.dtype == native else tf.cast(x, native)


def dtype(x):
    return x.dtype.name


def shape(x):
    return tuple(x.shape)


def sizes(x):
    known = tuple(x.shape)
    if None not in known:
        return known
    when_run = tf.shape(x)
    return tuple(when_run[i] if size is None else size for i, size in enumerate(known))


def synchronize(x):
    # A processor's arrays are there when they are returned.
    if tf.config.list_logical_devices("GPU"):
        tf.test.experimental.sync_devices()
