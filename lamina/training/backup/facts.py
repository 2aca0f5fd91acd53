"""What makes a run this run: a backup of another model, optimizer or other data is refused."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.file_errors import LoadError, quoted
from lamina.training.plan import Plan

_ROWS = 64  # of the data are compared
_SHOWN = 10
_ARGUMENTS = (
    "initial_epoch",
    "steps",
    "shuffle",
    "class_weight",
    "validation_split",
    "validation_freq",
)
_NUMBER = re.compile(r"_\d+(?=/|$)")  # of an automatic name: it depends on what was made before


def facts_of(model: Any, feed: Any, plan: Plan) -> dict[str, Any]:
    """Return what must be the same when a run goes on, as plain data.

    Args:
        feed: opened, so that the model is built.
    """
    return {
        "model": {"class": type(model).__name__, "variables": _described(model.variables)},
        "optimizer": {
            "class": type(model.optimizer).__name__,
            **_plain(model.optimizer.get_config()),
        },
        "metrics": list(model.metrics_names),
        "data": {"class": type(feed).__name__, "batch size": feed.batch_size, **_data(feed)},
        "fit": {name: _plain(getattr(plan, name)) for name in _ARGUMENTS},
    }


def _described(variables: Any) -> dict[str, list[Any]]:
    return {
        f"{i} {_NUMBER.sub('', v.path)}": [list(v.shape), v.dtype] for i, v in enumerate(variables)
    }


def _data(feed: Any) -> dict[str, Any]:
    """Shapes and dtypes; where all data are there, their number, and a checksum of some rows."""
    samples = getattr(feed, "samples", None)
    facts: dict[str, Any] = {} if samples is None else {"samples": samples}
    for name, data in zip(("x", "y", "sample_weight"), feed.example, strict=True):
        for i, leaf in enumerate(tree.flatten(data)):
            if leaf is None:
                continue
            described = [list(leaf.shape[1:]), str(leaf.dtype)]
            if samples is not None:
                rows = np.linspace(0, len(leaf) - 1, min(len(leaf), _ROWS)).astype(int)
                described.append(zlib.crc32(np.ascontiguousarray(leaf[rows]).tobytes()))
            facts[f"{name}[{i}]"] = described
    return facts


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        # Names are counted up, so they depend on what was made before.
        return {str(key): _plain(item) for key, item in value.items() if key != "name"}
    return type(value).__name__


def refuse_others(before: Any, now: dict[str, Any], where: str) -> None:
    """Raise LoadError, which lists what differs, unless both facts are the same."""
    differences = [*_differences(before, now, "")]
    if not differences:
        return
    lines = "".join(f"\n  {line}" for line in differences[:_SHOWN])
    more = len(differences) - _SHOWN
    raise LoadError(
        f"The backup in {where!r} is of another run; nothing was loaded:{lines}"
        f"{f'{chr(10)}  and {more} more' if more > 0 else ''}\n"
        "Run the program as it was, or give another folder (or empty this one) to begin a new run."
    )


def _differences(before: Any, now: Any, path: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in [*before, *(key for key in now if key not in before)]:
            inner = f"{path}, {key}" if path else key
            yield from _differences(before.get(key), now.get(key), inner)
    elif before != now and not (before != before and now != now):
        yield f"{quoted(path)[1:-1]}: {quoted(before)} then, {quoted(now)} now"
