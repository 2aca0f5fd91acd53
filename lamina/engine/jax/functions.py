"""More elementwise functions on JAX: trigonometry, bits, complex numbers, searching."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

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


def i0(x):
    return special.i0(x.astype("float32")).astype(x.dtype) if x.itemsize == 2 else special.i0(x)


def searchsorted(ordered, x, right):
    return jnp.searchsorted(ordered, x, side="right" if right else "left").astype("int32")


def argwhere(x):
    return jnp.argwhere(x).astype("int32")


def cumprod(x, axis):
    return jnp.cumprod(x, axis=axis, dtype=x.dtype)
