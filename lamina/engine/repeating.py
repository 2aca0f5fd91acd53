"""Many steps of training in one call: one by one, or in one program with a loop, whichever proves faster.

In one program the cost of a call is paid once for many steps; but a library may compile what is inside a
loop worse than it does alone. So the loop is tried once, when its engine finds it worth the time that
compiling it takes, and kept if it is faster.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

# Enough to make the call's own cost vanish; more gains nothing that was measured.
STEPS_PER_CALL = 32
_TRIALS = 7  # calls: the loop is compiled in the first, and timed in three as single steps are
# Bytes; copying more, to fill up the last call of an epoch, costs more than it gains.
_LARGE = 2**20


@dataclass
class Repeater:
    """`run(state, batches) -> (state, logs)`, as the contract's `repeat` gives it.

    Args:
        one: `(state, batch) -> (state, logs)`, one step.
        loop: `(state, batches, count)`, the first `count` of `STEPS_PER_CALL` steps.
        synchronize: waits for arrays to be there.
        worth: whether to try the loop, from the seconds that steps have taken so far and the fewest that
            one took; `None`: that is not known yet.
        refusals: what compiling the loop may raise.
    """

    one: Callable
    loop: Callable
    synchronize: Callable
    worth: Callable[[float, float], bool | None]
    refusals: tuple[type[Exception], ...] = ()

    def __post_init__(self) -> None:
        self._use_loop: bool | None = None  # not decided yet
        self._shapes: Any = None  # of the batches that the loop is for: others go one by one
        self._compiled = False  # the first call compiles, so its time does not count
        self._seconds, self._fastest = 0.0, float("inf")
        # Seconds of calls in turn: the loop, single steps, the loop, ...
        self._trials: list[float] = []

    def __call__(self, state: Any, batches: Any) -> tuple[Any, Any]:
        if self._use_loop is False:
            return self._one_by_one(state, batches)
        count, shapes = count_of(batches), [x.shape[1:] for x in optree.tree_leaves(batches)]
        if self._shapes is None:
            self._shapes = shapes
        if shapes != self._shapes or count > STEPS_PER_CALL:
            return self._one_by_one(state, batches)
        if self._use_loop:
            short = count < STEPS_PER_CALL
            if short and sum(x.nbytes for x in optree.tree_leaves(batches)) > _LARGE:
                return self._one_by_one(state, batches)
            return self.loop(state, optree.tree_map(_padded, batches) if short else batches, count)
        if count == STEPS_PER_CALL and self._compiled:
            worth = bool(self._trials) or self.worth(self._seconds, self._fastest)
            if worth:
                return self._try_loop(state, batches)
            self._use_loop = worth
        if count == 1 and self._compiled:  # nobody gathers batches, so nobody waits for this one
            return self._one_by_one(state, batches)
        began = time.perf_counter()
        state, logs = self._one_by_one(state, batches)
        self.synchronize(logs)
        if self._compiled:
            seconds = time.perf_counter() - began
            self._seconds += seconds
            self._fastest = min(self._fastest, seconds / count)
        self._compiled = True
        return state, logs

    def _one_by_one(self, state: Any, batches: Any) -> tuple[Any, Any]:
        return one_by_one(self.one, state, batches)

    def _try_loop(self, state: Any, batches: Any) -> tuple[Any, Any]:
        """Run the loop or single steps, in turn, on calls of equal length; at the end keep what is faster."""
        in_loop = len(self._trials) % 2 == 0
        began = time.perf_counter()
        if in_loop:
            try:
                state, logs = self.loop(state, batches, STEPS_PER_CALL)
            except self.refusals:
                self._use_loop = False
                return self._one_by_one(state, batches)
        else:
            state, logs = self._one_by_one(state, batches)
        self.synchronize(logs)
        self._trials.append(time.perf_counter() - began)
        if len(self._trials) == _TRIALS:  # the first compiled the loop
            self._use_loop = min(self._trials[2::2]) < min(self._trials[1::2])
        return state, logs


def one_by_one(step: Callable, state: Any, batches: Any) -> tuple[Any, Any]:
    """Run `step(state, batch)` for each entry along axis 0 of the leaves of `batches`."""
    logs = None
    leaves, structure = optree.tree_flatten(batches)
    for i in range(len(leaves[0])):
        state, logs = step(state, optree.tree_unflatten(structure, [x[i] for x in leaves]))
    return state, logs


def count_of(batches: Any) -> int:
    """Return the number of batches: the length of axis 0, the same in all leaves."""
    return len(optree.tree_leaves(batches)[0])


def _padded(x: Any) -> np.ndarray:
    """Return `STEPS_PER_CALL` batches, so that the number of steps is not part of the program."""
    x = np.asarray(x)
    return np.concatenate([x, np.zeros((STEPS_PER_CALL - len(x), *x.shape[1:]), x.dtype)])
