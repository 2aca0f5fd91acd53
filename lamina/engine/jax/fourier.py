"""Discrete Fourier transforms on JAX."""

from __future__ import annotations

import jax.numpy as jnp


def fft(x, axes):
    return jnp.fft.fftn(x, axes=axes)


def ifft(x, axes):
    return jnp.fft.ifftn(x, axes=axes)


def rfft(x, n):
    return jnp.fft.rfft(x, n)


def irfft(x, n):
    return jnp.fft.irfft(x, n)
