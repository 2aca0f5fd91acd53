"""Linear algebra on TensorFlow."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from lamina.engine.linalg import NOT_POSITIVE, SINGULAR, saying

_linalg = tf.linalg
det, eigh, eig = _linalg.det, _linalg.eigh, _linalg.eig
solve = saying(SINGULAR, tf.errors.InvalidArgumentError, _linalg.solve)


def cholesky(x):
    factor = _linalg.cholesky(x)
    # TensorFlow only fills with NaN. A graph that is built has no value to look at.
    if tf.executing_eagerly() and bool(tf.reduce_any(tf.math.is_nan(factor))):
        raise ValueError(NOT_POSITIVE)
    return factor


def qr(x, complete):
    return tuple(_linalg.qr(x, full_matrices=complete))


def svd(x, full):
    values, u, v = _linalg.svd(x, full_matrices=full)
    return u, values, _linalg.matrix_transpose(v)


def singular_values(x):
    return _linalg.svd(x, compute_uv=False)


def solve_triangular(a, b, lower):
    return _linalg.triangular_solve(a, b, lower=lower)


def lu_factor(x: Any):
    """Gaussian elimination, as TensorFlow's own refuses matrices that are singular or not square."""
    rows, columns = x.shape[-2:]
    row, column = tf.range(rows), tf.range(columns)
    zero, one = tf.zeros((), x.dtype), tf.ones((), x.dtype)
    pivots = []
    for i in range(min(rows, columns)):
        chosen = i + tf.argmax(tf.abs(x[..., i:, i]), -1, output_type=tf.int32)
        pivots.append(chosen)
        chosen = tf.expand_dims(chosen, -1)
        order = tf.where(row == i, chosen, tf.where(row == chosen, i, row))
        x = tf.gather(x, order, axis=-2, batch_dims=x.shape.rank - 2)
        pivot = x[..., i : i + 1, i : i + 1]
        below = (row > i)[:, None]
        # Below a pivot of 0 all are 0.
        factor = tf.where(below, x[..., i : i + 1] / tf.where(pivot == 0, one, pivot), zero)
        eliminated = x - factor * tf.where(column > i, x[..., i : i + 1, :], zero)
        x = tf.where(below & (column == i), factor, eliminated)
    return x, tf.stack(pivots, -1)


def slogdet(x):
    return tuple(_linalg.slogdet(x))
