"""One pass over a feed: chunks of batches, calls of the compiled step, hooks."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

from lamina.training.batch_logs import BatchLogs, as_floats
from lamina.training.callbacks import CallbackList
from lamina.training.data.feed import Chunk, Feed
from lamina.training.progress import Progress

# Attributes of the model by which a hook ends what is going on.
STOPS = {"train": "stop_training", "test": "stop_evaluating", "predict": "stop_predicting"}


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
    watched = callbacks.wants_batches(phase)
    per_call = getattr(run, "per_call", None)
    welcome: Callable[[], int] = (
        partial(per_call, watched, steps_per_execution) if per_call else lambda: steps_per_execution
    )
    done, logs = start
    left, count = None if steps is None else steps - done, 0
    with closing(feed.chunks(left, welcome, steps_per_execution)) as chunks:
        if (clock := callbacks.clock) is not None:
            chunks, run = clock.watch(phase, chunks, run)
        for chunk in chunks:
            if between is not None and count:
                between(count, done, logs)
            count = chunk.count
            if watched:
                getattr(callbacks, f"on_{phase}_batch_begin")(done)
            logs = run(chunk)
            done += chunk.count
            feed.cursor.step += chunk.count
            if watched:
                getattr(callbacks, f"on_{phase}_batch_end")(
                    done - 1, logs if phase == "predict" else BatchLogs(logs)
                )
            if progress is not None:
                progress.update(done, {} if phase == "predict" else logs)
            if getattr(callbacks.model, STOPS[phase], False):
                break
    return {} if phase == "predict" else as_floats(logs)
