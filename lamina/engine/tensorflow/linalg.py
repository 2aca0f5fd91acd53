"""Linear algebra on TensorFlow."""

import tensorflow as tf

from lamina.engine.elimination import lu_factor as lu_factor
from lamina.engine.linalg import NOT_POSITIVE, SINGULAR, saying

_linalg = tf.linalg
det, slogdet, eigh, eig = _linalg.det, _linalg.slogdet, _linalg.eigh, _linalg.eig
solve = saying(SINGULAR, tf.errors.InvalidArgumentError, _linalg.solve)
solve_triangular = _linalg.triangular_solve


def cholesky(x):
    factor = _linalg.cholesky(x)
    # TensorFlow only fills with NaN. A graph that is built has no value to look at.
    if tf.executing_eagerly() and bool(tf.reduce_any(tf.math.is_nan(factor))):
        raise ValueError(NOT_POSITIVE)
    return factor


def qr(x, mode):
    return _linalg.qr(x, full_matrices=mode == "complete")


def svd(x, full):
    values, u, v = _linalg.svd(x, full_matrices=full)
    return u, values, _linalg.matrix_transpose(v)


def singular_values(x):
    return _linalg.svd(x, compute_uv=False)
