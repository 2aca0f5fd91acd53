"""Many steps on JAX: short ones try one program.

A call costs some 100 us. But inside a loop the processor's XLA does not spread a convolution over its
cores, which cost a factor of three here; so long steps never try.
"""

import jax
from jax import lax

from lamina.engine.jax.arrays import to_numpy
from lamina.engine.jax.lending import Lent, can_lend, lent
from lamina.engine.jax.order import as_written, packed, unpacked
from lamina.engine.jax.spread import jit_by_batch
from lamina.engine.jax.stepping import Step
from lamina.engine.joined import tree_of
from lamina.engine.repeating import STEPS_PER_CALL, Repeater
from lamina.engine.rows import Rows

steps_per_call = STEPS_PER_CALL
compiles_by_shape = True
_SHORT = 0.003  # seconds; a longer step does not feel the cost of its call


def repeat(step):
    def worth(seconds, fastest):
        return fastest < _SHORT if seconds else None

    program = _loop(step)

    def loop(state, batches, count):
        return program(tree_of(state), batches, count)

    return Repeater(Step(step), loop, jax.block_until_ready, to_numpy, worth, can_lend=can_lend)


def _entry(batches, i):
    def entry(x):
        return x.batch(i) if type(x) is Lent else lax.dynamic_index_in_dim(x, i, keepdims=False)

    return jax.tree.map(entry, batches, is_leaf=lambda x: type(x) is Lent)


def _loop(step):
    def loop(state, batches, count):
        def body(i, carry):
            state, logs = step(carry[0], _entry(batches, i))
            return state, jax.tree.map(lambda column, log: put(column, log, i, 0), carry[1], logs)

        put = lax.dynamic_update_index_in_dim
        shapes = unpacked(jax.eval_shape(packed(step), state, _entry(batches, 0)))
        columns = jax.tree.map(
            lambda out: jax.numpy.zeros((STEPS_PER_CALL, *out.shape), out.dtype), shapes[1]
        )
        state, columns = lax.fori_loop(0, count, body, (state, columns))
        last = _entry(columns, count - 1)
        return as_written((state, last, columns), (*shapes, shapes[1]))

    return jit_by_batch(loop, axis=1, taken=lambda x: lent(x) if type(x) is Rows else x)
