"""Products with Jacobians on JAX, which runs forward once."""

import jax


def _jvp(pure, primals, tangents):
    value, slope, aux = jax.jvp(pure, primals, tangents, has_aux=True)
    slope = jax.tree.map(
        lambda y, t: jax.numpy.zeros_like(y) if t.dtype == jax.dtypes.float0 else t, value, slope
    )
    return value, slope, aux


def _vjp(pure, primals):
    return jax.vjp(pure, *primals, has_aux=True)


overrides = {"jvp": _jvp, "vjp": _vjp}
