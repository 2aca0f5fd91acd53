"""Linear algebra on JAX."""

import jax.core
import jax.numpy as jnp
from jax import lax

from lamina.engine.linalg import NOT_POSITIVE


def cholesky(x):
    factor = lax.linalg.cholesky(x, symmetrize_input=False)
    # JAX only fills with NaN. Within a trace there is no value to look at.
    if not isinstance(factor, jax.core.Tracer) and bool(jnp.isnan(factor).any()):
        raise ValueError(NOT_POSITIVE)
    return factor


def solve_triangular(a, b, lower):
    return lax.linalg.triangular_solve(a, b, left_side=True, lower=lower)


def lu_factor(x):
    return lax.linalg.lu(x)[:2]
