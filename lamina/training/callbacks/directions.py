"""Which way is better: whether a logged number should fall or rise."""

import re
from collections.abc import Iterator
from typing import Any

from lamina.core import registry
from lamina.training.compiled_metrics import FULL_NAMES

_FALLS = ("loss", "error")  # words that say it by themselves


def direction_of(monitor: str, model: Any) -> str | None:
    """Return `"min"` or `"max"` for the log named `monitor`; `None` if nothing tells.

    The metric of that name says it, else the metric or loss that lamina has by this name or its last
    words, so that `val_branch_accuracy` is an accuracy.
    """
    name = monitor.removeprefix("val_")
    for metric in _metrics_named(name, model):
        if better := getattr(metric, "better", None):
            return better
    words = re.sub(r"_\d+$", "", name).split("_")
    endings = ("_".join(words[i:]) for i in range(len(words)))
    return next(filter(None, map(_by_name, endings)), None)


def _by_name(name: str) -> str | None:
    if name in _FALLS:
        return "min"
    try:
        metric = registry.shelf("metrics").find(FULL_NAMES.get(name, name))
    except ValueError:
        return None
    better = getattr(metric, "better", None)
    if not isinstance(better, str):  # of an instance: its function says it
        better = getattr(getattr(metric, "fn", None), "better", None)
    return better


def _metrics_named(name: str, model: Any) -> Iterator[Any]:
    metrics = list(getattr(model, "metrics", None) or ())
    labels = list(getattr(model, "metrics_names", None) or ())
    for index, metric in enumerate(metrics):
        label = labels[index] if len(labels) == len(metrics) else None
        if name in (label, getattr(metric, "name", None)):
            yield metric
