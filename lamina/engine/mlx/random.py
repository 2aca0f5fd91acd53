"""Draws on MLX, from the explicit key."""

import mlx.core as mx

from lamina.engine.mlx.convert import native
from lamina.engine.mlx.host import hosted


def uniform(key, shape, dtype):
    return mx.random.uniform(shape=shape, dtype=native(dtype), key=mx.stop_gradient(key))


def normal(key, shape, dtype):
    return mx.random.normal(shape, native(dtype), key=mx.stop_gradient(key))


# MLX draws integers from floats, which reach not all of them, and has no other distributions.
integers, gamma, binomial = hosted("integers"), hosted("gamma"), hosted("binomial")
