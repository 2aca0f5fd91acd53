"""Programs of training whose convolutions are computed on all cores of a processor.

XLA hands convolutions over pictures to a library (YNNPACK) that computes each on one core; Eigen, which it has
too, spreads them. Elapsed ms on two cores, as XLA decides and so:

| step of training | batch 2 | 8 | 16 | 32 | 64 | 128 |
|---|---|---|---|---|---|---|
| ResNet of `benchmarks/works` | 5.3, 5.7 | 12.7, 12.2 | 21.6, 19.6 | 39.4, 32.6 | 79, 61 | |
| its CNN | | 1.9, 1.7 | 2.1, 1.8 | 3.9, 2.9 | 8.3, 5.5 | 19.4, 11.7 |
"""

import functools

import jax
import jax.core
import optree

from lamina.engine.jax.devices import is_processor
from lamina.engine.jax.order import jit

_FEWEST = 8  # pictures
_OPTIONS: dict[str, str | bool] = {
    "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT,LIBRARY_FUSION_TYPE_REDUCE"
}


def jit_by_batch(fn, axis=0):
    """Compile `fn(state, batch, ...)`; whether its convolutions are spread follows from the batch's shapes.

    Args:
        axis: along which samples lie.
    """
    plain, spread = jit(fn), None

    def call(state, batch, *more):
        nonlocal spread
        for x in optree.tree_leaves(batch):
            # Not within a trace: that is a program of its own, with options of its own.
            is_large = x.ndim >= axis + 4 and x.shape[axis] >= _FEWEST
            if is_large and not isinstance(x, jax.core.Tracer):
                spread = spread or jit(fn, _options() if is_processor() else None)
                return spread(state, batch, *more)
        return plain(state, batch, *more)

    return call


@functools.cache
def _options():
    """Return XLA's options, or `None` where this version does not have them."""
    try:
        jit(lambda x: x, _OPTIONS)(0.0)
    except (TypeError, ValueError, jax.errors.JaxRuntimeError):
        return None
    return _OPTIONS
