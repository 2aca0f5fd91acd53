"""`Progbar`: a progress bar for your own loops."""

import math
from collections.abc import Iterable
from time import perf_counter
from typing import Any

from lamina.core import screen
from lamina.feeds.progress import as_number

Values = Iterable[tuple[str, Any]] | None


class Progbar:
    """A progress bar for your own loops.

    Values given are averaged over the units since the last update, except for stateful ones, which
    are shown as they are; in the last line every value is shown as it was given last.

    Args:
        target: units to do; `None` if that is not known.
        width: cells of the bar.
        verbose: 0 nothing, 1 a bar, 2 one line at the end.
        interval: seconds between two drawings, at least.
        stateful_metrics: names of values that are not averaged.
        stateless_metrics: names of the only values that are averaged.
        unit_name: what is counted.

    Raises:
        ValueError: both kinds of names are given.

    Example:
        >>> import lamina
        >>> bar = lamina.utils.Progbar(10, verbose=0)
        >>> for batch in range(10):
        ...     bar.add(1, values=[("loss", 1 / (batch + 1))])
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar: give `stateful_metrics` (the others are averaged) or `stateless_metrics` "
                "(the others are not), not both."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self._stateful = set(stateful_metrics or ())
        self._averaged = None if stateless_metrics is None else set(stateless_metrics)
        self._sums: dict[str, tuple[float, float]] = {}  # value times units, units
        self._seen = 0
        self._began = perf_counter()
        self._first: tuple[float, int] | None = None
        self._drawn = -math.inf
        self._bar: screen.Bar | None = None

    def add(self, n: int, values: Values = None) -> None:
        """Count `n` more units as done; `values` are pairs of a name and a value."""
        self.update(self._seen + n, values)

    def update(self, current: int, values: Values = None, finalize: bool | None = None) -> None:
        """Show that `current` units are done.

        Args:
            values: pairs of a name and a value, which hold for the units since the last update.
            finalize: whether this is the last time; by default when the target is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._take(name, as_number(value), current - self._seen, as_it_is=finalize)
        self._seen = current
        now = perf_counter()
        if self._first is None:
            self._first = (now, current)
        if self.verbose == 1 and screen.can_redraw():
            self._draw(now, finalize)
        elif self.verbose and finalize:
            screen.say(self._line(now, finalize).plain())

    def _take(self, name: str, value: Any, units: int, as_it_is: bool) -> None:
        averaged = (
            name in self._averaged if self._averaged is not None else name not in self._stateful
        )
        if as_it_is or not averaged:
            self._sums[name] = (value, 1)
            return
        total, count = self._sums.get(name, (0, 0))
        units = max(units, 1)
        self._sums[name] = (total + value * units, count + units)

    def _draw(self, now: float, finalize: bool) -> None:
        if not finalize and now - self._drawn < self.interval:
            return
        if self._bar is None:
            self._bar = screen.Bar(self.width, takes_over=False)
        self._bar.draw(self._line(now, finalize))
        self._drawn = now
        if finalize:
            self._bar.close()
            self._bar = None

    def _line(self, now: float, finalize: bool) -> screen.Line:
        total = self._seen if self.target is None and finalize else self.target
        first = self._first or (self._began, 0)
        left = screen.seconds_left(self._seen, total, now, self._began, first)
        shown = {name: value / count for name, (value, count) in self._sums.items()}
        return screen.Line(self._seen, total, now - self._began, left, self.unit_name, shown)
