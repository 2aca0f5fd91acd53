"""One pass over the data: batches, calls of the compiled step, hooks."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.engine.current import engine
from lamina.ops.core import convert_to_numpy
from lamina.training.callbacks import CallbackList
from lamina.training.data.arrays import ArrayData
from lamina.training.data.batches import BatchData
from lamina.training.progress import Progress
from lamina.training.runner import StepRunner

# A call should not keep the progress bar, or Ctrl-C, waiting for longer than this.
_SECONDS_PER_CALL = 0.1


def run_pass(
    runner: StepRunner,
    data: ArrayData | BatchData,
    callbacks: CallbackList,
    phase: str,
    progress: Progress | None = None,
    steps: int | None = None,
    steps_per_execution: int = 1,
) -> dict[str, float]:
    """Run the step on every batch of one epoch, several in a call where nobody looks at each.

    Args:
        phase: `"train"` or `"test"`: whose hooks are called.
        steps: at most so many batches.
        steps_per_execution: batches in a call if callbacks look at them.

    Returns:
        The logs after the last batch.
    """
    if isinstance(data, BatchData):
        return _run_batches(runner, data, callbacks, phase, progress, steps)
    order, size = data.order(), data.batch_size
    total = data.steps(steps)
    full = min(data.samples // size, total)  # batches of full size; one smaller may follow
    watched = callbacks.wants_batches(phase)
    done, logs = 0, {}
    while done < total:
        count = (
            1 if done >= full else min(full - done, _per_call(runner, watched, steps_per_execution))
        )
        indices = order[done * size : min((done + count) * size, data.samples)].reshape(count, -1)
        if watched:
            getattr(callbacks, f"on_{phase}_batch_begin")(done)
        began = time.perf_counter()
        logs = runner.many(*data.on_device(indices))
        done += count
        if runner.seconds_per_step is None or np.isnan(runner.seconds_per_step):
            _measure(runner, logs, began, count)
        if watched:
            getattr(callbacks, f"on_{phase}_batch_end")(done - 1, as_floats(logs))
        if progress is not None:
            progress.update(done, logs)
        if _stopped(callbacks):
            break
    return as_floats(logs)


def _run_batches(
    runner: StepRunner,
    data: BatchData,
    callbacks: CallbackList,
    phase: str,
    progress: Progress | None,
    steps: int | None,
) -> dict[str, Any]:
    """A pass over data that come in batches: one call each, for their sizes may differ."""
    watched, done, logs = callbacks.wants_batches(phase), 0, {}
    for batch in data.batches(steps):
        if watched:
            getattr(callbacks, f"on_{phase}_batch_begin")(done)
        logs = runner.one(batch)
        done += 1
        if watched:
            getattr(callbacks, f"on_{phase}_batch_end")(done - 1, as_floats(logs))
        if progress is not None:
            progress.update(done, logs)
        if _stopped(callbacks):
            break
    if done == 0 and callbacks.model is not None:
        callbacks.model.stop_training = True  # a generator is used up: no epoch after this has any
    return as_floats(logs)


def _stopped(callbacks: CallbackList) -> bool:
    return callbacks.model is not None and getattr(callbacks.model, "stop_training", False)


def _per_call(runner: StepRunner, watched: bool, steps_per_execution: int) -> int:
    if runner.model.collects:  # only the last logs of a call come back
        return 1
    if watched or steps_per_execution > 1:
        return steps_per_execution
    if runner.seconds_per_step is None or np.isnan(runner.seconds_per_step):
        return 1
    return int(
        np.clip(_SECONDS_PER_CALL / max(runner.seconds_per_step, 1e-9), 1, engine().steps_per_call)
    )


def _measure(runner: StepRunner, logs: Any, began: float, count: int) -> None:
    """Time the second call; the first one compiles."""
    engine().synchronize(tree.flatten(logs))
    first = runner.seconds_per_step is None
    runner.seconds_per_step = float("nan") if first else (time.perf_counter() - began) / count


def as_floats(logs: Any) -> dict[str, Any]:
    """Logs as Python floats, the loss first; arrays that are no numbers stay arrays."""
    found = {name: convert_to_numpy(value) for name, value in (logs or {}).items()}
    ordered = {**({"loss": found["loss"]} if "loss" in found else {}), **found}
    return {name: float(value) if value.ndim == 0 else value for name, value in ordered.items()}
