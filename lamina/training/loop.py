"""One pass over a feed: chunks of batches, calls of the compiled step, hooks."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import numpy as np

from lamina.feeds.feed import Chunk, Feed
from lamina.feeds.progress import Progress
from lamina.training.batch_logs import BatchLogs, as_floats
from lamina.training.callbacks import CallbackList
from lamina.training.replay import Replay


def run_pass(
    run: Callable[[Chunk], Any],
    feed: Feed,
    callbacks: CallbackList,
    phase: str,
    progress: Progress | None = None,
    steps: int | None = None,
    steps_per_execution: int = 1,
    start: tuple[int, Any] = (0, {}),
    between: Callable[[int, int, Any], None] | None = None,
) -> dict[str, Any]:
    """Run the step on every batch of one epoch, several in a call where nobody looks at each.

    Args:
        run: runs the step on a chunk, and returns the logs of its last batch.
        phase: `"train"`, `"test"` or `"predict"`: whose hooks are called.
        steps: at most so many batches.
        steps_per_execution: batches in a call if callbacks look at them.
        start: number of batches of the pass that are done already, and their logs.
        between: called between two calls of the step: `(count, done, logs)`, the steps in the last call, in the
            pass, and their logs.

    Returns:
        The logs after the last batch.
    """
    hooks = _Hooks(run, feed, callbacks, phase, steps_per_execution)
    done, logs = start
    left, count = None if steps is None else steps - done, 0
    pulled = feed.chunks(left, hooks.per_call, steps_per_execution, hooks.takes_rows)
    with closing(pulled) as chunks:
        if (clock := callbacks.clock) is not None:
            chunks, run = clock.watch(phase, chunks, run)
        for chunk in chunks:
            rest, is_over = chunk, False
            while rest is not None:
                if between is not None and count:
                    between(count, done, logs)
                count, logs = hooks.run(run, rest, done)
                done += count
                if progress is not None:
                    progress.update(done, {} if phase == "predict" else logs)
                is_over = callbacks.is_over(phase)
                through = is_over or count == rest.count
                rest = None if through else rest.part(count, rest.count)
            if is_over:
                break
    return {} if phase == "predict" else as_floats(logs)


class _Hooks:
    """Runs chunks, and tells the hooks of their batches.

    Args:
        run: runs chunks; the `StepRunner` behind it, if there is one, is its attribute `runner`.
        feed: its cursor counts a batch when it has run, before the hook of its end.
        callbacks, phase, steps_per_execution: as for `run_pass`.
    """

    def __init__(
        self,
        run: Any,
        feed: Feed,
        callbacks: CallbackList,
        phase: str,
        steps_per_execution: int,
    ):
        self._feed = feed
        self._watched = callbacks.wants_batches(phase)
        self._begins, self._ends = callbacks.hooks_of_batches(phase)
        self._logs = (lambda logs: logs) if phase == "predict" else BatchLogs
        self._steps_per_execution = steps_per_execution
        self._runner = runner = getattr(run, "runner", None)
        self._keep = getattr(run, "keep", None)
        self._welcome = getattr(run, "welcome", lambda: 1)
        self._replay: Replay | None = None
        if runner is not None and self._watched and steps_per_execution == 1:
            self._replay = Replay(runner, feed, callbacks, phase)
        self._has_begun = False  # the hook of the begin of the next batch has been called

    def per_call(self) -> int:
        """Return how many batches are welcome in the next chunk."""
        if self._runner is None:
            more = 1 if self._watched else self._welcome()
            return max(self._steps_per_execution, more)
        replayed = self._replay is not None and self._replay.is_worth_it
        return self._runner.per_call(self._steps_per_execution, self._watched and not replayed)

    def takes_rows(self, array: np.ndarray) -> bool:
        """Tell whether steps may gather rows of `array` themselves.

        Nobody then gets a word in while they run: what a hook writes into the data counts from the next chunk on.
        """
        return self._runner is not None and not self._watched and self._runner.takes_rows(array)

    def run(self, run: Callable[[Chunk], Any], chunk: Chunk, done: int) -> tuple[int, Any]:
        """Run the first batches of `chunk`, all of them if possible; return how many, and their logs.

        Args:
            done: batches of the pass before the chunk.
        """
        replay = self._replay
        ahead = replay is not None and chunk.count > 1 and replay.is_worth_it
        if replay is not None and not ahead:
            chunk = chunk.part(0, 1)
        if self._watched and not self._has_begun:
            self._begins(done)
        if self._runner is not None:
            self._runner.keeps_ran = ahead
        logs, self._has_begun = run(chunk), False
        if replay is None or not ahead:
            self._feed.cursor.step += chunk.count
            if self._watched:
                self._ends(done + chunk.count - 1, self._logs(logs))
            return chunk.count, logs
        count, logs, self._has_begun = replay(done)
        if count < chunk.count and self._keep is not None:
            self._keep(count)
        return count, logs
