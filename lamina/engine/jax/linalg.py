"""Linear algebra on JAX."""

from __future__ import annotations

import jax.core
import jax.numpy as jnp
from jax import lax

from lamina.engine.linalg import NOT_POSITIVE

det = jnp.linalg.det
solve = jnp.linalg.solve


def cholesky(x):
    factor = lax.linalg.cholesky(x, symmetrize_input=False)
    # JAX only fills with NaN. Within a trace there is no value to look at.
    if not isinstance(factor, jax.core.Tracer) and bool(jnp.isnan(factor).any()):
        raise ValueError(NOT_POSITIVE)
    return factor


def qr(x, complete):
    return tuple(jnp.linalg.qr(x, "complete" if complete else "reduced"))


def svd(x, full):
    return tuple(jnp.linalg.svd(x, full_matrices=full))


def singular_values(x):
    return jnp.linalg.svd(x, compute_uv=False)


def eigh(x):
    return tuple(jnp.linalg.eigh(x, symmetrize_input=False))


def eig(x):
    return tuple(jnp.linalg.eig(x))


def solve_triangular(a, b, lower):
    return lax.linalg.triangular_solve(a, b, left_side=True, lower=lower)


def lu_factor(x):
    factors, pivots, _ = lax.linalg.lu(x)
    return factors, pivots


def slogdet(x):
    return tuple(jnp.linalg.slogdet(x))
