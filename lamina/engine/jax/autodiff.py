"""Gradients and control flow on JAX."""

from __future__ import annotations

from contextlib import nullcontext

import jax
from jax import lax

stop_gradient, vmap = lax.stop_gradient, jax.vmap
no_grad = nullcontext  # JAX records nothing unless asked


def value_and_grad(fn):
    return jax.value_and_grad(fn, has_aux=True)


def custom_gradient(fn):
    return jax.custom_gradient(fn)


def cond(predicate, when_true, when_false):
    return lax.cond(predicate, when_true, when_false)


def while_loop(condition, body, state):
    return lax.while_loop(lambda s: condition(*s), lambda s: tuple(body(*s)), tuple(state))


def scan(fn, init, xs, length):
    return lax.scan(fn, init, xs, length=length)
