"""JAX's profiler."""

from collections.abc import Callable

import jax


def profile(folder: str) -> Callable[[], None]:
    jax.profiler.start_trace(folder)
    return jax.profiler.stop_trace
