"""More elementwise functions on JAX: trigonometry, bits, complex numbers, searching."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from lamina.engine.jax.arrays import in_single

tan, arcsin, arccos, arctan, arctan2 = jnp.tan, jnp.arcsin, jnp.arccos, jnp.arctan, jnp.arctan2
sinh, cosh, arcsinh, arccosh, arctanh = (
    jnp.sinh,
    jnp.cosh,
    jnp.arcsinh,
    jnp.arccosh,
    jnp.arctanh,
)

bitwise_and, bitwise_or, bitwise_xor = jnp.bitwise_and, jnp.bitwise_or, jnp.bitwise_xor
bitwise_not, left_shift, right_shift = jnp.bitwise_not, jnp.left_shift, jnp.right_shift

make_complex, real, imag, conj = lax.complex, jnp.real, jnp.imag, jnp.conj

nextafter = jnp.nextafter


i0 = in_single(special.i0)


def searchsorted(ordered, x, right):
    return jnp.searchsorted(ordered, x, side="right" if right else "left").astype("int32")


def argwhere(x):
    return jnp.argwhere(x).astype("int32")


_cumprod = in_single(lambda x, axis: jnp.cumprod(x, axis=axis, dtype=x.dtype))


def cumprod(x, axis):
    return _cumprod(x, axis=axis)
