"""Many steps of training in one call: one by one, or in one program with a loop, whichever proves faster.

In one program the cost of a call is paid once for many steps; but a library may compile what is inside a
loop worse than it does alone. So the loop is tried once, when its engine finds it worth the time that
compiling it takes, and kept if it is faster.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

from lamina.engine.memory import aligned
from lamina.engine.ran import Ran, of_loop
from lamina.engine.rows import Rows, gathered

# Enough to make the call's own cost vanish; more gains nothing that was measured.
STEPS_PER_CALL = 32
_TRIALS = 7  # calls: the loop is compiled in the first, and timed in three as single steps are
_COPIED = 4e9  # bytes a second, at least: what it costs to fill up the last call of an epoch
_KINDS = 4  # of arrays whose rows the loop gathers: it is compiled for each shape
_AHEAD = 3  # chunks that a feed may have gathered before it learns that the loop does that
_LARGE_LOGS = 2**24  # numbers; those of all steps of a call are kept


@dataclass
class Repeater:
    """`run(state, batches) -> (state, logs)`, as the contract's `repeat` gives it.

    Args:
        one: `(state, batch) -> (state, logs)`, one step.
        loop: `(state, batches, count) -> (state, logs, columns)`, the first `count` of `STEPS_PER_CALL` steps;
            `columns` are the logs of all of them, along axis 0.
        synchronize: waits for arrays to be there.
        to_numpy: makes an array of the engine NumPy's.
        worth: whether to try the loop, from the seconds that steps have taken so far and the fewest that
            one took; `None`: that is not known yet.
        refusals: what compiling the loop may raise.
        can_lend: tells whether the loop can gather rows of an array itself, as leaves that are `Rows`.
    """

    one: Callable
    loop: Callable
    synchronize: Callable
    to_numpy: Callable
    worth: Callable[[float, float], bool | None]
    refusals: tuple[type[Exception], ...] = ()
    can_lend: Callable[[np.ndarray], bool] = lambda array: False

    def __post_init__(self) -> None:
        self._use_loop: bool | None = None  # not decided yet
        self._shapes: Any = None  # of the batches that the loop is for: others go one by one
        self._compiled = False  # the first call compiles, so its time does not count
        self._seconds, self._fastest = 0.0, float("inf")
        # Seconds of calls in turn: the loop, single steps, the loop, ...
        self._trials: list[float] = []
        self._gain = 0.0  # seconds that a step is faster in the loop
        self._lent: set[Any] = set()  # shapes and dtypes of arrays whose rows the loop gathers
        self._ahead = _AHEAD

    def __call__(self, state: Any, batches: Any) -> tuple[Any, Any]:
        state, ran = self.each(state, batches)
        return state, ran[-1]

    @property
    def may_loop(self) -> bool:
        """Whether many steps are, or may prove, faster in one call."""
        return self._use_loop is not False

    def takes_rows(self, array: np.ndarray) -> bool:
        """Tell whether batches of this array's rows are welcome as `Rows`."""
        loops = self._use_loop
        if loops is None:
            loops = self._compiled and self.worth(self._seconds, self._fastest)
        if not loops or not self.can_lend(array):
            return False
        if len(self._lent) < _KINDS:
            self._lent.add((array.shape, array.dtype))
        return (array.shape, array.dtype) in self._lent

    def each(self, state: Any, batches: Any) -> tuple[Any, Ran]:
        """Run as a call does, and return what became of each step instead of the last one's logs."""
        if self._use_loop is False:
            return self._one_by_one(state, batches)
        count, shapes = count_of(batches), [x.shape[1:] for x in optree.tree_leaves(batches)]
        if self._shapes is None:
            self._shapes = shapes
        if shapes != self._shapes or count > STEPS_PER_CALL:
            return self._one_by_one(state, batches)
        if self._use_loop:
            if count < STEPS_PER_CALL and count * self._gain < _filling(batches, count):
                return self._one_by_one(state, batches)
            return self._in_loop(state, batches, count)
        if count == STEPS_PER_CALL and self._compiled:
            worth = bool(self._trials) or self.worth(self._seconds, self._fastest)
            if worth and self._ahead and self._lent and not _has_rows(batches):
                self._ahead -= 1  # the loop is compiled for rows only
                return self._one_by_one(state, batches)
            if worth:
                return self._try_loop(state, batches)
            self._use_loop = worth
        if count == 1 and self._compiled:  # nobody gathers batches, so nobody waits for this one
            return self._one_by_one(state, batches)
        began = time.perf_counter()
        state, ran = self._one_by_one(state, batches)
        self.synchronize(ran[-1])
        if self._compiled:
            seconds = time.perf_counter() - began
            self._seconds += seconds
            self._fastest = min(self._fastest, seconds / count)
        elif STEPS_PER_CALL * _numbers(ran[-1]) > _LARGE_LOGS:
            self._use_loop = False
        self._compiled = True
        return state, ran

    def _one_by_one(self, state: Any, batches: Any) -> tuple[Any, Ran]:
        logs: list[Any] = []
        end, _ = one_by_one(self.one, state, batches, logs)

        def state_after(count: int) -> Any:
            first = optree.tree_map(lambda x: x[:count], batches)
            return one_by_one(self.one, state, first)[0]

        return end, Ran(logs, state_after)

    def _in_loop(self, state: Any, batches: Any, count: int) -> tuple[Any, Ran]:
        if count < STEPS_PER_CALL:
            batches = optree.tree_map(_padded, batches)
        end, last, columns = self.loop(state, batches, count)
        logs = of_loop(columns, last, count, self.to_numpy)
        return end, Ran(logs, lambda count: self.loop(state, batches, count)[0])

    def _try_loop(self, state: Any, batches: Any) -> tuple[Any, Ran]:
        """Run the loop or single steps, in turn, on calls of equal length; at the end keep what is faster."""
        in_loop = len(self._trials) % 2 == 0
        if not in_loop:  # a thread would have gathered them
            batches = optree.tree_map(_gathered, batches)
        began = time.perf_counter()
        if in_loop:
            try:
                state, ran = self._in_loop(state, batches, STEPS_PER_CALL)
            except self.refusals:
                self._use_loop = False
                return self._one_by_one(state, batches)
        else:
            state, ran = self._one_by_one(state, batches)
        self.synchronize(ran[-1])
        self._trials.append(time.perf_counter() - began)
        if len(self._trials) == _TRIALS:  # the first compiled the loop
            self._gain = (min(self._trials[1::2]) - min(self._trials[2::2])) / STEPS_PER_CALL
            self._use_loop = self._gain > 0
        return state, ran


def one_by_one(
    step: Callable, state: Any, batches: Any, each: list[Any] | None = None
) -> tuple[Any, Any]:
    """Run `step(state, batch)` for each entry along axis 0 of the leaves of `batches`.

    Args:
        each: a list to which the logs of every step are added.
    """
    logs = None
    leaves, structure = optree.tree_flatten(batches)
    for i in range(len(leaves[0])):
        state, logs = step(state, optree.tree_unflatten(structure, [x[i] for x in leaves]))
        if each is not None:
            each.append(logs)
    return state, logs


def count_of(batches: Any) -> int:
    """Return the number of batches: the length of axis 0, the same in all leaves."""
    return len(optree.tree_leaves(batches)[0])


def _numbers(logs: Any) -> int:
    return sum(math.prod(getattr(x, "shape", ())) for x in optree.tree_leaves(logs))


def _filling(batches: Any, count: int) -> float:
    """Return about how many seconds it takes to fill `count` batches up."""
    size = sum(x.nbytes for x in optree.tree_leaves(batches))
    return size / count * STEPS_PER_CALL / _COPIED


def _has_rows(batches: Any) -> bool:
    return any(x.__class__ is Rows for x in optree.tree_leaves(batches))


def _gathered(x: Any) -> np.ndarray:
    return gathered(x.array, x.numbers) if x.__class__ is Rows else x


def _padded(x: Any) -> Any:
    """Return `STEPS_PER_CALL` batches, so that the number of steps is not part of the program."""
    if x.__class__ is Rows:
        return Rows(x.array, _padded(x.numbers))
    filled = aligned(
        (STEPS_PER_CALL, *x.shape[1:]), x.dtype
    )  # what is behind them is never looked at
    filled[: len(x)] = x
    return filled
