"""`Replay`: hooks are told of batches that have run already, of each as if it had just run.

A hook after every batch would keep steps from running in one program. So the steps of a chunk run ahead of
the hooks, and the hooks are called afterwards, with the logs of each batch. Most look at no more. If one
reads or assigns a variable of the model, it meets the state after the batch that it is told of, which is
computed again from the beginning of the chunk; and the rest of the chunk runs anew, from what the variables
hold after the hook.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from itertools import chain
from typing import Any

from lamina.core import variable, waiting
from lamina.engine.current import engine, using
from lamina.engine.joined import tree_of
from lamina.engine.ran import Ran
from lamina.feeds.feed import Feed
from lamina.training.batch_logs import BatchLogs
from lamina.training.callbacks import CallbackList
from lamina.training.runner import StepRunner

# To compute a state again, and then the rest of the chunk, takes as long as two chunks. So that may happen so
# often, and once more for so many chunks in which it did not; then hooks are called between steps again.
_MOST_LOOKS, _CHUNKS_FOR_A_LOOK = 2.0, 16


class Replay:
    """Tells callbacks of the batches of chunks in one pass.

    Args:
        runner: runs the steps.
        feed: its cursor counts a batch before the hook of its end.
        callbacks: whose `looks` count how often hooks have read or assigned a variable.
        phase: `"train"` or `"test"`.
    """

    def __init__(self, runner: StepRunner, feed: Feed, callbacks: CallbackList, phase: str):
        self._runner, self._feed, self._callbacks, self._phase = runner, feed, callbacks, phase
        self._begins, self._ends = callbacks.hooks_of_batches(phase)
        self._variables = [*chain(*runner.variables)]
        self._step_by_step = callbacks.is_step_by_step(phase)
        self._lock = threading.Lock()  # another thread may read a variable, too

    @property
    def is_worth_it(self) -> bool:
        """Whether steps may run ahead of the hooks."""
        return (
            self._runner.may_loop
            and not self._step_by_step
            and self._callbacks.looks[self._phase] < _MOST_LOOKS
            and waiting.can_wait(self._variables)
        )

    def __call__(self, done: int) -> tuple[int, Any, bool]:
        """Tell of the chunk that has just run; the begin of its first batch has been told.

        Args:
            done: batches of the pass before it.

        Returns:
            How many of its batches count: after them a hook has ended the pass, or has read or assigned a variable.
            The logs of the last of these; and whether the begin of the next batch has been told.
        """
        ran, self._runner.ran = self._runner.ran, None
        if ran is None:
            raise RuntimeError("The steps that hooks are to be told of have not been kept.")
        count, has_begun = self._tell(ran, done)
        return count, ran[count - 1], has_begun

    def _tell(self, ran: Ran, done: int) -> tuple[int, bool]:
        self._ran, self._told, self._looked = ran, 1, False
        self._end, self._engine = variable.read(self._variables), engine().name
        # Else the state is not that after the chunk any more: at a loss of NaN the steps were taken back.
        waits = not self._callbacks.is_over(self._phase)
        if waits:
            waiting.let_wait(self._variables, self._compute)
        try:
            for step in range(len(ran)):
                if step and waits and not self._go_on(step):
                    return step, True
                self._feed.cursor.step += 1
                self._ends(done + step, BatchLogs(ran[step]))
                if waits and (self._looked or self._callbacks.is_over(self._phase)):
                    return step + 1, False
                if step + 1 < len(ran):
                    self._begins(done + step + 1)
        finally:
            for v in self._variables:
                v.arrived()
        looks = self._callbacks.looks
        looks[self._phase] = max(0.0, looks[self._phase] - 1 / _CHUNKS_FOR_A_LOOK)
        return len(ran), False

    def _go_on(self, step: int) -> bool:
        """Let variables stand for the state after another step, unless somebody has looked at the one before."""
        if step + 1 == len(self._ran):
            return waiting.end_waiting(self._variables, self._end)
        with self._lock:
            self._told += not self._looked
        return not self._looked

    def _compute(self) -> None:
        """Let the variables hold the state after the batches that have been told."""
        with self._lock:
            self._looked = True
        self._callbacks.looks[self._phase] += 1
        with using(self._engine):
            e = engine()
            traces = e.is_traced(
                e.full((), 0, "int32")
            )  # the hook reads within a `jax.jit` of its own, say
            # JAX compiles anew what is called there, so it is not for everyone.
            with e.outside_trace() if traces else nullcontext():
                state = tree_of(self._ran.state_after(self._told))
            variable.write(self._variables, [*chain(*state)])
