"""Ops that JAX has in a better form."""

import jax

from lamina.engine.jax.arrays import in_single


def _along(fn):
    """`fn(x, axis)` as a program: calls outside of a trace are ten times as fast."""
    program = jax.jit(fn, static_argnames="axis", inline=True)

    def call(x, axis=-1):
        return program(x, axis=tuple(axis) if isinstance(axis, list) else axis)

    return in_single(call)


overrides = {"softmax": _along(jax.nn.softmax), "log_softmax": _along(jax.nn.log_softmax)}
