"""Abstract evaluation and compilation on JAX."""

import jax
import jax.core
import optree

from lamina.engine.abstractly import abstractly
from lamina.engine.contract import Spec
from lamina.engine.jax.order import jit, packed, unpacked

compile = jit
outside_trace = jax.ensure_compile_time_eval


def is_traced(x):
    return isinstance(x, jax.core.Tracer)


def abstract(fn, *specs):
    native = jax.tree.map(
        lambda spec: jax.ShapeDtypeStruct(spec.shape, jax.dtypes.canonicalize_dtype(spec.dtype)),
        specs,
        is_leaf=lambda leaf: isinstance(leaf, Spec),
    )
    try:
        with abstractly(needs_value=r"^(Tracer|Concretization)|Tracer has no attribute"):
            result = unpacked(jax.eval_shape(packed(fn), *native))
    except Exception as error:
        # JAX's note on its own frames says nothing about the error.
        error.__notes__ = [
            note for note in getattr(error, "__notes__", ()) if "JAX has" not in note
        ]
        raise
    return optree.tree_map(lambda out: Spec(out.shape, str(out.dtype)), result)
