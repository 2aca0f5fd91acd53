"""Writing and combining where indices say, on JAX."""

from functools import partial

import jax
import jax.numpy as jnp


def scatter_set(x, indices, updates):
    return x.at[tuple(indices[..., i] for i in range(indices.shape[-1]))].set(updates)


def segment(x, ids, count, how):
    if how == "prod":
        return _products(count, x, ids)
    return getattr(jax.ops, f"segment_{how}")(x, ids, count)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _products(count, x, ids):
    return jax.ops.segment_prod(x, ids, count)


@_products.defjvp
def _slope_of_products(count, primals, tangents):
    """By each element the product of the others in its segment, zeros among them or not.

    JAX itself has no slope where two elements go into one place.
    """
    x, ids = primals
    zero = x == 0
    present = jnp.where(zero, 1, x)
    within = (ids >= 0) & (ids < count)
    at = jnp.where(within, ids, 0)
    zeros = jax.ops.segment_sum(zero.astype("int32"), ids, count)[at]
    others = _products(count, present, ids)[at] / present
    alone = (zeros == 0) | ((zeros == 1) & zero)
    row = within.reshape(-1, *[1] * (x.ndim - 1))
    slopes = jnp.where(alone & row, others, 0) * tangents[0]
    return _products(count, x, ids), jax.ops.segment_sum(slopes, ids, count)
