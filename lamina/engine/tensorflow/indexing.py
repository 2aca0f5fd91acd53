"""`x[key]` with NumPy's meaning, and its kin: slices by strides, arrays of indices by gathering."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

_ARRAYS = (list, np.ndarray, np.generic, tf.Tensor)
_EVERYTHING = slice(None)


def getitem(x, key):
    parts = list(key) if isinstance(key, tuple) else [key]
    if not any(isinstance(part, _ARRAYS) for part in parts):
        return x[key]  # TensorFlow's own: steps backward included
    parts = _spelled_out([y for part in parts for y in _as_tensors(part)], x.shape.rank)
    # Slices, new axes and (without arrays that have axes) ints first: then one part per axis is left.
    if all(part.shape.rank == 0 for part in parts if isinstance(part, tf.Tensor)):
        plain = [_EVERYTHING if isinstance(part, tf.Tensor) else part for part in parts]
        parts = [part for part in parts if type(part) is not int]
    else:
        parts = [tf.constant(part) if type(part) is int else part for part in parts]
        plain = [_EVERYTHING if isinstance(part, tf.Tensor) else part for part in parts]
    if any(part != _EVERYTHING for part in plain):
        x = x[tuple(plain)]
    return _gathered(x, {i: part for i, part in enumerate(parts) if isinstance(part, tf.Tensor)})


def _as_tensors(part):
    """A part of a key as a list of parts: arrays as index tensors, a mask as those where it is true."""
    if not isinstance(part, _ARRAYS):
        return [part]
    if not isinstance(part, tf.Tensor):
        part = np.asarray(part)
        if part.dtype == bool:
            return [tf.constant(where, tf.int32) for where in np.nonzero(part)]
        return [tf.constant(part, tf.int32)]
    if part.dtype == tf.bool:
        return tf.unstack(tf.cast(tf.where(part), tf.int32), part.shape.rank, axis=1)
    return [_as_index(part)]


def _as_index(indices):
    return indices if indices.dtype in (tf.int32, tf.int64) else tf.cast(indices, tf.int64)


def _spelled_out(parts, rank):
    """`parts` without an ellipsis, one for every axis."""
    missing = [_EVERYTHING] * (
        rank - sum(part is not None and part is not Ellipsis for part in parts)
    )
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    return parts[:at] + missing + parts[at + 1 :]


def _gathered(x, indices):
    """`x` with tensors `indices` by axis; their common axes stand where NumPy puts them."""
    axes = sorted(indices)
    first, sizes = axes[0], x.shape
    indices = [_from_start(indices[axis], sizes[axis]) for axis in axes]
    if len(axes) == 1:
        return tf.gather(x, indices[0], axis=first)
    wide = tf.int64 if any(index.dtype == tf.int64 for index in indices) else tf.int32
    indices = [tf.cast(index, wide) for index in indices]
    shape = indices[0].shape
    for index in indices[1:]:
        shape = tf.broadcast_static_shape(shape, index.shape)
    if shape.is_fully_defined():  # masks have no size yet within a graph, and agree anyway
        indices = [tf.broadcast_to(index, shape) for index in indices]
    others = [axis for axis in range(x.shape.rank) if axis not in axes]
    found = tf.gather_nd(tf.transpose(x, axes + others), tf.stack(indices, -1))
    together = axes == list(range(first, first + len(axes)))
    if not together or first == 0:
        return found
    new = list(range(shape.rank))
    rest = list(range(shape.rank, found.shape.rank))
    return tf.transpose(found, rest[:first] + new + rest[first:])


def _from_start(index, size):
    return tf.where(index < 0, index + tf.cast(size, index.dtype), index)


def take(x, indices, axis):
    return tf.gather(x, _as_index(indices), axis=axis)


def take_along_axis(x, indices, axis):
    rank, axis = x.shape.rank, axis % x.shape.rank
    shapes = [y.shape[:axis].concatenate(1).concatenate(y.shape[axis + 1 :]) for y in (x, indices)]
    if shapes[0] != shapes[1]:
        common = tf.broadcast_static_shape(*shapes).as_list()
        x, indices = (
            tf.broadcast_to(y, (*common[:axis], y.shape[axis], *common[axis + 1 :]))
            for y in (x, indices)
        )
    order = [i for i in range(rank) if i != axis] + [axis]
    found = tf.gather(
        tf.transpose(x, order), tf.transpose(_as_index(indices), order), batch_dims=rank - 1
    )
    return tf.transpose(found, np.argsort(order))


def scatter_add(x, indices, updates):
    return tf.tensor_scatter_nd_add(x, _as_index(indices), updates)
