"""`x[key]` and its kin on TensorFlow, which gathers by index arrays."""

import numpy as np
import tensorflow as tf

from lamina.engine import indexing
from lamina.engine.tensorflow.convert import sizes


def getitem(x, key):
    return indexing.getitem(x, key, lambda x, parts: x[tuple(parts)])


def _as_index(indices):
    return indices if indices.dtype in (tf.int32, tf.int64) else tf.cast(indices, tf.int64)


def take(x, indices, axis):
    return tf.gather(x, _as_index(indices), axis=axis)


def take_along_axis(x, indices, axis):
    rank, axis = x.shape.rank, axis % x.shape.rank
    shapes = [y.shape[:axis].concatenate(1).concatenate(y.shape[axis + 1 :]) for y in (x, indices)]
    if shapes[0] != shapes[1]:
        common = tf.broadcast_static_shape(*shapes).as_list()
        if None in common:
            whole = [[1 if i == axis else n for i, n in enumerate(sizes(y))] for y in (x, indices)]
            common = tf.unstack(tf.broadcast_dynamic_shape(*whole), rank)
        shapes = ((*common[:axis], sizes(y)[axis], *common[axis + 1 :]) for y in (x, indices))
        x, indices = map(tf.broadcast_to, (x, indices), shapes)
    order = [i for i in range(rank) if i != axis] + [axis]
    result = tf.gather(
        tf.transpose(x, order), tf.transpose(_as_index(indices), order), batch_dims=rank - 1
    )
    return tf.transpose(result, np.argsort(order))


def scatter_add(x, indices, updates):
    if 0 in x.shape:  # TensorFlow refuses indices into nothing, even to put nothing there
        return x
    return tf.tensor_scatter_nd_add(x, _as_index(indices), updates)
