"""Many steps on JAX: one by one, or in one program, whichever proves faster.

In one program (a loop inside XLA) the cost of a call, some 100 us, is paid once for many steps.
But inside a loop the processor's XLA does not spread a convolution over its cores, which cost a factor of
three here. So short steps try the loop, and keep it if it is faster; long ones never do.
"""

from __future__ import annotations

import time

import jax
import numpy as np
from jax import lax

# Enough to make the call's own cost vanish; more gains nothing that was measured.
steps_per_call = 32

_STEPS_BEFORE = 16  # run one by one, of which the second half is timed
_SHORT = 0.003  # seconds; a longer step does not feel the cost of its call


def repeat(step):
    return _Repeater(step)


class _Repeater:
    """`step` over rows of indices into data that lie on the device."""

    def __init__(self, step):
        self._one, self._loop = _one(step), _loop(step)
        self._steps = 0
        self._seconds: float | None = None  # of one step, one by one
        self._use_loop: bool | None = None  # not decided yet

    def __call__(self, state, data, indices):
        if self._use_loop:
            return self._looped(state, data, indices)
        if self._use_loop is None and self._seconds is not None and len(indices) == steps_per_call:
            return self._try_loop(state, data, indices)
        began, timed = (
            time.perf_counter(),
            self._seconds is None and self._steps >= _STEPS_BEFORE // 2,
        )
        logs = None
        for row in indices:
            state, logs = self._one(state, data, row)
        self._steps += len(indices)
        if timed:
            jax.block_until_ready(logs)
            self._seconds = (time.perf_counter() - began) / len(indices)
            if self._seconds > _SHORT:
                self._use_loop = False
        elif self._seconds is None:
            jax.block_until_ready(logs)  # so that the timed call does not wait for this one
        return state, logs

    def _looped(self, state, data, indices):
        count = len(indices)
        if count < steps_per_call:  # pad, so that the number of steps is no part of the program
            rest = np.zeros((steps_per_call - count, indices.shape[1]), indices.dtype)
            indices = np.concatenate([indices, rest])
        return self._loop(state, data, indices, count)

    def _try_loop(self, state, data, indices):
        half = steps_per_call // 2
        state, logs = self._looped(state, data, indices[:half])  # compiles
        jax.block_until_ready(logs)
        began = time.perf_counter()
        state, logs = self._looped(state, data, indices[half:])
        jax.block_until_ready(logs)
        assert self._seconds is not None
        self._use_loop = (time.perf_counter() - began) / half < self._seconds
        return state, logs


def _take(data, row):
    return jax.tree.map(lambda x: x.at[row].get(mode="clip"), data)


def _one(step):
    return jax.jit(lambda state, data, row: step(state, _take(data, row)))


def _loop(step):
    @jax.jit
    def loop(state, data, indices, count):
        def body(i, carry):
            return step(carry[0], _take(data, indices[i]))

        shapes = jax.eval_shape(step, state, _take(data, indices[0]))[1]
        logs = jax.tree.map(lambda out: jax.numpy.zeros(out.shape, out.dtype), shapes)
        return lax.fori_loop(0, count, body, (state, logs))

    return loop
