"""One pass over a feed: chunks of batches, calls of the compiled step, hooks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from lamina.ops.core import convert_to_numpy
from lamina.training.callbacks import CallbackList
from lamina.training.data.feed import Chunk, Feed
from lamina.training.progress import Progress


def run_pass(
    run: Callable[[Chunk], Any],
    feed: Feed,
    callbacks: CallbackList,
    phase: str,
    progress: Progress | None = None,
    steps: int | None = None,
    steps_per_execution: int = 1,
) -> dict[str, Any]:
    """Run the step on every batch of one epoch, several in a call where nobody looks at each.

    Args:
        run: runs the step on a chunk, and returns the logs of its last batch.
        phase: `"train"`, `"test"` or `"predict"`: whose hooks are called.
        steps: at most so many batches.
        steps_per_execution: batches in a call if callbacks look at them.

    Returns:
        The logs after the last batch.
    """
    watched = callbacks.wants_batches(phase)
    per_call = getattr(run, "per_call", None)
    welcome: Callable[[], int] = (
        partial(per_call, watched, steps_per_execution) if per_call else lambda: steps_per_execution
    )
    done, logs = 0, {}
    for chunk in feed.chunks(steps, welcome, steps_per_execution):
        if watched:
            getattr(callbacks, f"on_{phase}_batch_begin")(done)
        logs = run(chunk)
        done += chunk.count
        if watched:
            getattr(callbacks, f"on_{phase}_batch_end")(
                done - 1, logs if phase == "predict" else as_floats(logs)
            )
        if progress is not None:
            progress.update(done, {} if phase == "predict" else logs)
        if callbacks.model is not None and getattr(callbacks.model, "stop_training", False):
            break
    return {} if phase == "predict" else as_floats(logs)


def as_floats(logs: Any) -> dict[str, Any]:
    """Return logs as Python floats, the loss first; arrays with axes stay arrays."""
    arrays = {name: convert_to_numpy(value) for name, value in (logs or {}).items()}
    ordered = {**({"loss": arrays["loss"]} if "loss" in arrays else {}), **arrays}
    return {name: float(value) if value.ndim == 0 else value for name, value in ordered.items()}
