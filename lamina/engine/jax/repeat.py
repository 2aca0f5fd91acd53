"""Many steps on JAX: short ones try one program.

A call costs some 100 us. But inside a loop the processor's XLA does not spread a convolution over its
cores, which cost a factor of three here; so long steps never try.
"""

import jax
from jax import lax

from lamina.engine.jax.order import as_written, jit, packed, unpacked
from lamina.engine.repeating import STEPS_PER_CALL, Repeater

steps_per_call = STEPS_PER_CALL
_SHORT = 0.003  # seconds; a longer step does not feel the cost of its call


def repeat(step):
    def worth(seconds, fastest):
        return fastest < _SHORT if seconds else None

    return Repeater(jit(step), _loop(step), jax.block_until_ready, worth)


def _entry(batches, i):
    return jax.tree.map(lambda x: lax.dynamic_index_in_dim(x, i, keepdims=False), batches)


def _loop(step):
    @jit
    def loop(state, batches, count):
        def body(i, carry):
            return step(carry[0], _entry(batches, i))

        shapes = unpacked(jax.eval_shape(packed(step), state, _entry(batches, 0)))
        logs = jax.tree.map(lambda out: jax.numpy.zeros(out.shape, out.dtype), shapes[1])
        return as_written(lax.fori_loop(0, count, body, (state, logs)), shapes)

    return loop
