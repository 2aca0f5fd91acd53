"""Many steps of training in one call: one by one, or in one program with a loop, whichever proves faster.

In one program the cost of a call is paid once for many steps; but a library may compile what is inside a
loop worse than it does alone. So the loop is tried once, when its engine finds it worth the time that
compiling it takes, and kept if it is faster.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Enough to make the call's own cost vanish; more gains nothing that was measured.
STEPS_PER_CALL = 32


@dataclass
class Repeater:
    """`run(state, data, indices) -> (state, logs)`, as the contract's `repeat` gives it.

    Args:
        one: `(state, data, row) -> (state, logs)`, one step.
        loop: `(state, data, indices, count)`, the first `count` of `STEPS_PER_CALL` steps.
        synchronize: waits for arrays to be there.
        worth: whether to try the loop, from the seconds that steps have taken so far and the fewest that
            one took; `None`: that is not known yet.
        rows: the rows of `indices`, as `one` takes them.
        refusals: what compiling the loop may raise.
    """

    one: Callable
    loop: Callable
    synchronize: Callable
    worth: Callable[[float, float], bool | None]
    rows: Callable = list
    refusals: tuple[type[Exception], ...] = ()

    def __post_init__(self) -> None:
        self._use_loop: bool | None = None  # not decided yet
        self._batch: int | None = None  # the size that the loop is for: others go one by one
        self._compiled = False  # the first call compiles, so its time does not count
        self._seconds, self._fastest = 0.0, float("inf")

    def __call__(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        count, batch = indices.shape
        if self._batch is None:
            self._batch = batch
        if batch != self._batch or self._use_loop is False:
            return self._one_by_one(state, data, indices)
        if self._use_loop:
            return self._looped(state, data, indices)
        if count == STEPS_PER_CALL and self._compiled:
            self._use_loop = self.worth(self._seconds, self._fastest)
            if self._use_loop:
                return self._try_loop(state, data, indices)
        began = time.perf_counter()
        state, logs = self._one_by_one(state, data, indices)
        self.synchronize(logs)
        if self._compiled:
            seconds = time.perf_counter() - began
            self._seconds += seconds
            self._fastest = min(self._fastest, seconds / count)
        self._compiled = True
        return state, logs

    def _one_by_one(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        logs = None
        for row in self.rows(indices):
            state, logs = self.one(state, data, row)
        return state, logs

    def _looped(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        count = len(indices)
        if count < STEPS_PER_CALL:  # pad, so that the number of steps is no part of the program
            rest = np.zeros((STEPS_PER_CALL - count, indices.shape[1]), indices.dtype)
            indices = np.concatenate([indices, rest])
        return self.loop(state, data, indices, count)

    def _try_loop(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        half = STEPS_PER_CALL // 2
        try:
            state, logs = self._looped(state, data, indices[:half])  # compiles
        except self.refusals:
            self._use_loop = False
            return self._one_by_one(state, data, indices)
        self.synchronize(logs)
        began = time.perf_counter()
        state, logs = self._looped(state, data, indices[half:])
        self.synchronize(logs)
        self._use_loop = (time.perf_counter() - began) / half < self._fastest
        return state, logs
