"""The base of callbacks that wait for a logged number to improve."""

import difflib
import operator
from collections.abc import Callable
from typing import Any

from lamina.core.tracebacks import warn
from lamina.training.callbacks.callback import Callback, Logs
from lamina.training.callbacks.directions import direction_of

_OPERATIONS = {"min": operator.lt, "max": operator.gt}


class Monitor(Callback):
    """A callback that compares one of the logs with the best value so far.

    Args:
        monitor: name of the log.
        mode: `"min"`, `"max"`, or `"auto"`: known for the loss and for lamina's metrics.
        min_delta: an improvement is at least this large.
    """

    if_missing = "it does nothing"
    """Words for messages: the callback's behaviour while the monitored log is missing."""

    needs_log = False
    """Whether training makes no sense without the monitored log."""

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0):
        if mode not in ("auto", *_OPERATIONS):
            warn(
                f"{type(self).__name__}: `mode` must be 'auto', 'min' or 'max', not {mode!r}; "
                "'auto' is taken.",
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(min_delta)
        self.best: float | None = None
        self.monitor_op: Callable | None = _OPERATIONS.get(mode)
        self._has_warned = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Find out which way is better, if the model can tell already."""
        self._find_direction()

    def get_monitor_value(self, logs: Logs) -> float | None:
        """Return the monitored log; `None`, and a warning the first time, if it is not there."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            if not self._has_warned:
                self._has_warned = True
                warn(f"{type(self).__name__}: {self.describe_missing(logs)}")
            return None
        if self._find_direction() is None:
            raise ValueError(
                f"{type(self).__name__}: whether {self.monitor!r} should rise or fall is not "
                "known. "
                "Say mode='max' if higher is better, mode='min' if lower is better."
            )
        return value

    def keep_quiet(self) -> None:
        """Do not warn of a missing log: somebody has done so."""
        self._has_warned = True

    def is_improvement(self, value: float, reference: float | None) -> bool:
        """Tell whether `value` is better than `reference` by more than `min_delta`; NaN never is."""
        if value != value:
            return False
        if reference is None:
            return True
        margin = self.min_delta if self.monitor_op is operator.lt else -self.min_delta
        return bool(self.monitor_op(value + margin, reference))  # type: ignore[misc]

    def _find_direction(self) -> Callable | None:
        if self.monitor_op is None:
            direction = direction_of(self.monitor, self.model)
            self.monitor_op = _OPERATIONS[direction] if direction else None
        return self.monitor_op

    def describe_missing(self, logs: dict[str, Any]) -> str:
        """Return words for a message: the monitored log is not among `logs`."""
        near = difflib.get_close_matches(self.monitor, logs, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        if self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
            hint = " Give fit `validation_data` or `validation_split`."
        available = ", ".join(sorted(logs)) or "nothing"
        return (
            f"no {self.monitor!r} in the logs, so {self.if_missing}.{hint} Available: {available}."
        )
