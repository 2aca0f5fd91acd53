"""Checks of callbacks: what would fail, or do nothing, after the first epoch or later."""

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lamina.optimizers.multi_optimizer import MultiOptimizer
from lamina.preflight.facts import Facts
from lamina.preflight.finding import Finding, error, hint, warning
from lamina.preflight.optimization import fixed_rate
from lamina.training.callbacks import (
    Callback,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from lamina.training.callbacks.monitor import Monitor


def _callbacks(facts: Facts) -> list[Any]:
    return list(facts.plan.callbacks) if facts.plan is not None else []


def _with_logs(facts: Facts) -> Iterator[tuple[Any, set[str]]]:
    """Callbacks, each with the names of the logs, where these are known."""
    names = logged(facts) if _callbacks(facts) else None
    if names is not None:
        yield from ((callback, names) for callback in _callbacks(facts))


def logged(facts: Facts) -> set[str] | None:
    """Names that the logs of an epoch will have; `None` where somebody else may add some."""
    model = facts.model
    usual = model.__steps_as_usual__() and all(
        str(getattr(type(model), name).__module__).startswith("lamina.")
        for name in ("compute_metrics", "get_metrics_result", "test_step")
    )
    if not usual or any(map(_may_add, _callbacks(facts))):
        return None
    names = set(model.metrics_names)
    if facts.plan.validation is not None:
        names |= {f"val_{name}" for name in names}
    if any(isinstance(c, (LearningRateScheduler, ReduceLROnPlateau)) for c in _callbacks(facts)):
        names.add("learning_rate")
    return names


def _may_add(callback: Callback) -> bool:
    own = str(type(callback).__module__).startswith("lamina.")
    hooks = ("on_epoch_end", "on_test_end", "on_train_batch_end")
    return (not own or type(callback).__name__ == "LambdaCallback") and any(
        map(callback.overrides, hooks)
    )


def without_log(facts: Facts) -> Iterator[tuple[Monitor, set[str]]]:
    """Callbacks that look at a number that will not be there, and the names of those that will."""
    for callback, names in _with_logs(facts):
        looks = isinstance(callback, Monitor)
        if isinstance(callback, ModelCheckpoint):
            looks = callback.save_best_only
        if looks and callback.monitor not in names:
            yield callback, names


def monitors(facts: Facts) -> Iterator[Finding]:
    """A monitored number that will not be there."""
    for callback, names in without_log(facts):
        near = difflib.get_close_matches(callback.monitor, sorted(names), n=1)
        fix = f"Did you mean {near[0]!r}?" if near else ""
        if callback.monitor.removeprefix("val_") in names:
            fix = "Give fit validation_data or validation_split."
        yield warning(
            f"`{type(callback).__name__}`",
            f"looks at {callback.monitor!r}, which the logs will not have; they have "
            f"{sorted(names)}.",
            f"So {callback.if_missing}.",
            fix,
        )


def set_rates(facts: Facts) -> Iterator[Finding]:
    """Callbacks that set a learning rate which a schedule, or another callback, sets too."""
    setters = (ReduceLROnPlateau, LearningRateScheduler)
    found = [c for c in _callbacks(facts) if isinstance(c, setters)]
    optimizer = facts.model.optimizer
    if found and isinstance(optimizer, MultiOptimizer):
        yield error(
            f"`{type(found[0]).__name__}`",
            "sets one learning rate, but a MultiOptimizer has one for each of its optimizers: "
            f"{[each.name for each in optimizer.optimizers]}.",
            fix="Give them schedules, or write a callback that sets `learning_rate` of each in "
            "`model.optimizer.optimizers`.",
        )
    elif found and fixed_rate(optimizer) is None:
        yield error(
            f"`{type(found[0]).__name__}`",
            "sets the learning rate, but the optimizer's follows a schedule and cannot be set.",
            fix="Give the optimizer a number, or leave the callback out.",
        )
    absolute = [c for c in found if isinstance(c, LearningRateScheduler) and not c.takes_rate]
    if absolute and any(isinstance(c, ReduceLROnPlateau) for c in found):
        yield warning(
            "`ReduceLROnPlateau`",
            "reduces the learning rate, but LearningRateScheduler sets it anew in every epoch.",
            "Reductions do not last.",
            "Leave one of them out.",
        )


def never_stops(facts: Facts) -> Iterator[Finding]:
    """More patience than epochs."""
    for callback in _callbacks(facts):
        if isinstance(callback, EarlyStopping):
            epochs = facts.plan.epochs - facts.plan.initial_epoch
            if callback.patience >= epochs > 1:
                yield hint(
                    "`EarlyStopping`",
                    f"waits for {callback.patience} epochs, but there are {epochs}:",
                    "it never stops early.",
                    "Give less patience or more epochs.",
                )


def twice(facts: Facts) -> Iterator[Finding]:
    """One callback object given twice is told everything twice."""
    seen: set[int] = set()
    for callback in _callbacks(facts):
        if id(callback) in seen:
            yield warning(
                f"`{type(callback).__name__}`",
                "is among the callbacks twice, the same object.",
                "It counts every epoch twice.",
                "Give it once.",
            )
        seen.add(id(callback))


def files(facts: Facts) -> Iterator[Finding]:
    """Files that cannot be written when the time has come."""
    for callback in _callbacks(facts):
        path = getattr(callback, "filepath", None) or getattr(callback, "filename", None)
        ours = str(type(callback).__module__).startswith("lamina.")
        if ours and isinstance(path, str) and (problem := _unwritable(path)):
            yield error(
                f"`{type(callback).__name__}`",
                f"is to write {path!r}, but {problem}.",
                "Training would end there.",
                "Give another path.",
            )


def _unwritable(path: str) -> str | None:
    if "{" not in path and Path(path).is_dir():
        return "that is a folder"
    folder = Path(path.split("{")[0] + "x" if "{" in path else path).absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return f"{str(folder)!r} is not a folder"
    return None if os.access(folder, os.W_OK) else f"the folder {str(folder)!r} is read-only"


def names_in_files(facts: Facts) -> Iterator[Finding]:
    """Names of logs in the name of a file that will not be there."""
    for callback, names in _with_logs(facts):
        if not isinstance(callback, ModelCheckpoint):
            continue
        per_batch = callback.save_freq != "epoch"
        known = names | {"epoch"} | ({"batch"} if per_batch else set())
        wanted = re.findall(r"\{(\w+)[^}]*\}", callback.filepath)
        if unknown := sorted(set(wanted) - known):
            yield error(
                "`ModelCheckpoint`",
                f"is to write {callback.filepath!r}, but the logs will not have {unknown}; there are "
                f"{sorted(known)}.",
                "Training would end with the first epoch.",
                "Correct the name, or give fit validation data.",
            )
