"""Control flow and running on NumPy: plain Python, with shapes borrowed from JAX."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import optree

from lamina.engine import current
from lamina.engine.numpy.convert import is_quiet, quiet
from lamina.engine.stepwise import (
    cond as cond,
    scan as scan,
    vmap as vmap,
    while_loop as while_loop,
)

no_grad = nullcontext
outside_trace = nullcontext  # a trace runs on JAX, which is then the engine in force
steps_per_call = 1  # a Python loop either way


def value_and_grad(fn):
    able = [name for name in current.available() if name != "numpy"]
    raise NotImplementedError(
        "The NumPy engine computes no gradients, so it can predict and evaluate but not train. "
        f"Switch with lamina.config.set_backend(...); engines that train here: {able}."
    )


def custom_gradient(fn):
    return lambda *args: fn(*args)[0]


def stop_gradient(x):
    return x


def abstract(fn, *specs):
    # NumPy has no arrays without values. JAX has, and computes the same shapes and dtypes.
    import jax
    from jax import experimental

    # JAX's 64-bit types are off by default. Their switch was experimental in older versions.
    wide: Any = getattr(jax if hasattr(jax, "enable_x64") else experimental, "enable_x64")  # noqa: B009
    with current.using("jax"), wide(True):
        return current.engine().abstract(fn, *specs)


def compile(fn):
    @quiet
    def run(*args):
        token = is_quiet.set(True)
        try:
            return fn(*args)
        finally:
            is_quiet.reset(token)

    return run


def repeat(step):
    compiled = compile(step)

    def run(state, data, indices):
        logs = None
        for row in indices:
            state, logs = compiled(state, optree.tree_map(lambda x, row=row: x[row], data))
        return state, logs

    return run
