"""Abstract evaluation and compilation on JAX."""

from __future__ import annotations

import jax
import numpy as np
from jax import lax

from lamina.engine.contract import Spec

compile = jax.jit
outside_trace = jax.ensure_compile_time_eval

# Enough to make the call's own cost (some 100 us) vanish; more gains nothing that was measured.
steps_per_call = 32


def abstract(fn, *specs):
    native = jax.tree.map(
        lambda spec: jax.ShapeDtypeStruct(spec.shape, jax.dtypes.canonicalize_dtype(spec.dtype)),
        specs,
        is_leaf=lambda leaf: isinstance(leaf, Spec),
    )
    return jax.tree.map(lambda out: Spec(out.shape, str(out.dtype)), jax.eval_shape(fn, *native))


def repeat(step):
    """One program for any number of steps: the data stay on the device and batches are gathered there."""

    @jax.jit
    def loop(state, data, indices, count):
        def take(i):
            return jax.tree.map(lambda x: x.at[indices[i]].get(mode="clip"), data)

        def body(i, carry):
            return step(carry[0], take(i))

        logs = jax.tree.map(
            lambda out: jax.numpy.zeros(out.shape, out.dtype),
            jax.eval_shape(step, state, take(0))[1],
        )
        return lax.fori_loop(0, count, body, (state, logs))

    def run(state, data, indices):
        count = len(indices)
        if count < steps_per_call:  # pad, so that the number of steps is no part of the program
            indices = np.concatenate(
                [indices, np.zeros((steps_per_call - count, indices.shape[1]), indices.dtype)]
            )
        return loop(state, data, indices, count)

    return run
