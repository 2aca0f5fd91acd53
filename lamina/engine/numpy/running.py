"""Running on NumPy: plain Python, with shapes borrowed from JAX."""

from typing import Any

from lamina.engine import current
from lamina.engine.numpy.convert import is_quiet, quiet


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


def is_traced(x):
    return False
