"""Abstract evaluation and compilation on JAX."""

from __future__ import annotations

import jax

from lamina.engine.contract import Spec

compile = jax.jit
outside_trace = jax.ensure_compile_time_eval


def abstract(fn, *specs):
    native = jax.tree.map(
        lambda spec: jax.ShapeDtypeStruct(spec.shape, jax.dtypes.canonicalize_dtype(spec.dtype)),
        specs,
        is_leaf=lambda leaf: isinstance(leaf, Spec),
    )
    return jax.tree.map(lambda out: Spec(out.shape, str(out.dtype)), jax.eval_shape(fn, *native))
