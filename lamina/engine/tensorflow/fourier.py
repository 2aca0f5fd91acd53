"""Discrete Fourier transforms on TensorFlow, which has them along the last axes."""

import tensorflow as tf

_ALONG = {1: (tf.signal.fft, tf.signal.ifft), 2: (tf.signal.fft2d, tf.signal.ifft2d)}


def fft(x, axes):
    return _over(x, axes, 0)


def ifft(x, axes):
    return _over(x, axes, 1)


def _over(x, axes, inverse):
    rank, last = len(x.shape), range(-len(axes), 0)
    to = [axis % rank for axis in axes]
    order = [axis for axis in range(rank) if axis not in to] + to
    moved = x if list(last) == list(axes) else tf.transpose(x, order)
    result = _ALONG[len(axes)][inverse](moved)
    return result if moved is x else tf.transpose(result, tf.math.invert_permutation(order))


def rfft(x, n):
    return tf.signal.rfft(_fitted(x, n))


def irfft(x, n):
    return tf.signal.irfft(_fitted(x, n // 2 + 1), [n])


def _fitted(x, n):
    """Cut or fill the last axis of `x` to `n`; TensorFlow's own way has no gradient."""
    missing = n - x.shape[-1]
    if missing <= 0:
        return x[..., :n]
    return tf.pad(x, [(0, 0)] * (x.shape.rank - 1) + [(0, missing)])
