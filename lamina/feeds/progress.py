"""The progress of a pass over the data: taken from the loop, and shown from time to time."""

from __future__ import annotations

import math
from time import perf_counter
from typing import Any

import numpy as np

from lamina.core import screen
from lamina.engine.current import engine

# Often enough for eyes; drawing, and waiting for the logs, costs nearly nothing then.
_SECONDS_BETWEEN_DRAWINGS = 0.1
_NEVER = math.inf


class Progress:
    """Shows how far `fit`, `evaluate` or `predict` is.

    In a terminal or a notebook a bar moves; anywhere else there is one plain line per epoch.
    Logs are given as the engine's own arrays and converted, which waits for the device, only when
    they are drawn. It is a context manager, so that an interrupted epoch leaves the terminal clean.

    Args:
        verbose: 0 nothing, 1 a bar, 2 a plain line per epoch; `"auto"` is 1.
        epochs: how many there will be; their numbers are shown if there is more than one.
        total: steps in an epoch; `None` if that is not known before its end.
        unit: what is counted.

    Raises:
        ValueError: `verbose` is something else.

    Example:
        >>> with Progress(0, epochs=1, total=2) as progress:
        ...     progress.epoch_begin(0)
        ...     progress.update(2, {"loss": 0.5})
        ...     progress.epoch_end({"loss": 0.5})
    """

    def __init__(
        self,
        verbose: int | str = "auto",
        epochs: int = 1,
        total: int | None = None,
        unit: str = "step",
    ):
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(
                "`verbose` must be 0 (silent), 1 (a bar), 2 (a line per epoch) or 'auto', "
                f"not {verbose!r}."
            )
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs = epochs
        self.total = total
        self.unit = unit
        self._bar: screen.Bar | None = None
        self._due = _NEVER
        self._first: tuple[float, int] | None = None
        self._epoch = self._done = 0
        self._began = self._last = perf_counter()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def epoch_begin(self, epoch: int) -> None:
        """Begin epoch number `epoch`, counted from 0."""
        self.close()
        self._epoch, self._done, self._first = epoch, 0, None
        self._began = self._last = perf_counter()
        if self.verbose == 1 and screen.can_redraw():
            if self._header():
                screen.say(self._header())
            self._bar = screen.Bar()
            self._draw({})

    def note(self, text: str) -> None:
        """Show a line of its own, unless silent."""
        if self.verbose:
            screen.say(text)

    def update(self, done: int, logs: Any) -> None:
        """Show, if it is time, that `done` steps of the epoch are done.

        Args:
            logs: name -> native array or number, after the last of them.
        """
        self._done = done
        now = self._last = perf_counter()
        if self._first is None:
            self._first = (now, done)
        if now >= self._due:
            self._draw(logs)

    def epoch_end(self, logs: Any) -> None:
        """Show the end of the epoch, with its logs, those of its validation included."""
        if self.total is None:
            self.total = self._done
        if self._bar is not None:
            self._bar.draw(self._last_line(logs))
            self.close()
        elif self.verbose:
            screen.say(self._last_line(logs).plain(self._header()))

    def close(self) -> None:
        """Stop drawing; what is on the screen stays."""
        self._due = _NEVER
        if self._bar is not None:
            bar, self._bar = self._bar, None
            bar.close()

    def _header(self) -> str:
        return f"Epoch {self._epoch + 1}/{self.epochs}" if self.epochs > 1 else ""

    def _draw(self, logs: Any) -> None:
        line = self._line(logs)
        began = perf_counter()
        self._bar.draw(line)  # type: ignore[union-attr]
        now = perf_counter()
        # A slow terminal is drawn to less often: at most a twentieth of the time goes into it.
        self._due = now + max(_SECONDS_BETWEEN_DRAWINGS, 20 * (now - began))

    def _line(self, logs: Any) -> screen.Line:
        shown = in_order(logs)
        now = perf_counter()  # after the conversion, which has waited for the device
        first = self._first or (self._began, 0)
        left = screen.seconds_left(self._done, self.total, now, self._began, first)
        return screen.Line(self._done, self.total, now - self._began, left, self.unit, shown)

    def _last_line(self, logs: Any) -> screen.Line:
        shown = in_order(logs)
        validated = any(name.startswith("val_") for name in shown)
        ended = self._last if validated else perf_counter()  # validation is not the steps' time
        return screen.Line(self._done, self.total, ended - self._began, None, self.unit, shown)


def in_order(logs: Any) -> dict[str, Any]:
    """Return logs as numbers: the loss first, then metrics, then what belongs to the validation."""
    names = sorted(
        logs or {}, key=lambda name: (name.startswith("val_"), name.removeprefix("val_") != "loss")
    )
    return {name: as_number(logs[name]) for name in names}


def as_number(value: Any) -> Any:
    """Return a Python number for a scalar of any kind, a NumPy array for several values."""
    if isinstance(value, (int, float)):
        return value
    if not isinstance(value, (np.ndarray, np.generic)) and isinstance(value, engine().array_types):
        value = engine().to_numpy(value)
    value = np.asarray(value)
    return value.item() if value.size == 1 else value
