"""Programs of training for a processor, with options of XLA's that its defaults leave unused.

XLA hands convolutions over pictures to a library (YNNPACK) that computes each on one core; Eigen, which it has
too, spreads them. Elapsed ms on two cores, as XLA decides and so:

| step of training | batch 2 | 8 | 16 | 32 | 64 | 128 |
|---|---|---|---|---|---|---|
| ResNet of `benchmarks/works` | 5.3, 5.7 | 12.7, 12.2 | 21.6, 19.6 | 39.4, 32.6 | 79, 61 | |
| its CNN | | 1.9, 1.7 | 2.1, 1.8 | 3.9, 2.9 | 8.3, 5.5 | 19.4, 11.7 |

Its own kernels take vectors of 256 bits where the processor has 512: a step of an LSTM takes 5.9 ms so, 5.55 with 512.
"""

import functools

import jax
import jax.core
import optree

from lamina.engine.jax.devices import is_processor
from lamina.engine.jax.order import jit

_FEWEST = 8  # pictures
_WIDE: dict[str, str | bool] = {"xla_cpu_prefer_vector_width": "512"}
_SPREAD = _WIDE | {
    "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT,LIBRARY_FUSION_TYPE_REDUCE"
}


def jit_by_batch(fn, axis=0, taken=None):
    """Compile `fn(state, batch, ...)`; whether its convolutions are spread follows from the batch's shapes.

    Args:
        axis: along which samples lie.
        taken: makes of a leaf of the batch what `fn` takes.
    """
    plain, wide, spread = jit(fn), None, None

    def call(state, batch, *more):
        nonlocal wide, spread
        large = False
        for x in optree.tree_leaves(batch):
            if isinstance(x, jax.core.Tracer):  # within another program, which has its own options
                return plain(state, batch, *more)
            large = large or (x.ndim >= axis + 4 and x.shape[axis] >= _FEWEST)
        if taken is not None:
            batch = optree.tree_map(taken, batch)
        if large:
            spread = spread or jit(fn, _SPREAD if _has_options() else None)
            return spread(state, batch, *more)
        wide = wide or jit(fn, _WIDE if _has_options() else None)
        return wide(state, batch, *more)

    return call


def _has_options():
    return is_processor() and are_known()


@functools.cache
def are_known():
    """Tell whether this version of XLA has the options."""
    try:
        jit(lambda x: x, _SPREAD)(0.0)
    except (TypeError, ValueError, jax.errors.JaxRuntimeError):
        return False
    return True
