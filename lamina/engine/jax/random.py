"""Draws on JAX, from the explicit key."""

import jax
import jax.numpy as jnp


def _key(key):
    return jax.random.wrap_key_data(jnp.asarray(key, "uint32"), impl="threefry2x32")


def uniform(key, shape, dtype):
    return jax.random.uniform(_key(key), shape, dtype)


def normal(key, shape, dtype):
    return jax.random.normal(_key(key), shape, dtype)


def integers(key, shape, low, high, dtype):
    return jax.random.randint(_key(key), shape, low, high, dtype)


def gamma(key, alpha):
    return jax.random.gamma(_key(key), alpha, dtype=alpha.dtype)


def binomial(key, counts, probabilities):
    return jax.random.binomial(_key(key), counts, probabilities, dtype=counts.dtype)
