"""The output while a model runs: plain lines, and bars that are drawn over and over.

`sys.stdout` is looked up whenever something is shown, since notebooks, tests and
`contextlib.redirect_stdout` replace it. rich is imported only for a bar.
"""

from __future__ import annotations

import math
import os
import sys
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lamina.core import settings
from lamina.core.shown import printable

if TYPE_CHECKING:
    from rich.text import Text


def say(text: str) -> None:
    """Write a line to what is standard output now."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def can_redraw() -> bool:
    """Tell whether a shown text can be replaced: in a terminal or notebook, if not switched off."""
    if not settings.is_interactive_logging_enabled():
        return False
    if in_notebook():
        return True
    is_terminal = getattr(sys.stdout, "isatty", lambda: False)()
    return is_terminal and os.environ.get("TERM") != "dumb"


def in_notebook() -> bool:
    """Tell whether what is shown appears below the cell of a notebook."""
    # The stream tells more than the kernel does: within %%capture it is another one.
    return type(sys.stdout).__module__.startswith("ipykernel.")


def number(value: Any) -> str:
    """Return a log as text: four decimals, or powers of ten for a number that is too small for them."""
    if not isinstance(value, (int, float)):
        values = value.ravel().tolist() if hasattr(value, "ravel") else list(value)
        return "[" + ", ".join(map(number, values)) + "]"
    if 0 < abs(value) < 1e-3:
        return f"{value:.4e}"
    return f"{value:.4f}"


def duration(seconds: float) -> str:
    """Return a time such as `27ms`, `0.5s`, `12s`, `1:05`, `2:01:05`."""
    if seconds < 0.0995:
        return f"{seconds * 1e3:.0f}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def pace(seconds: float, unit: str) -> str:
    """Return a pace such as `2ms/step`, `350us/step`, `3s/step`."""
    if not math.isfinite(seconds):
        return f"-/{unit}"
    for size, name in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= 0.9995 * size:
            return f"{seconds / size:.0f}{name}/{unit}"
    return f"{seconds * 1e6:.0f}us/{unit}"


def seconds_left(
    done: int, total: int | None, now: float, began: float, first: tuple[float, int]
) -> float | None:
    """Return the seconds that the units to do will take; `None` if there are none, or nobody knows.

    Args:
        done, total: units done, and to do.
        now, began: times.
        first: time and units after the first call, which compiles: its pace says nothing, if there
            was another.
    """
    if total is None or not 0 < done < total:
        return None
    since, before = first if first[1] < done else (began, 0)
    return (now - since) / (done - before) * (total - done)


@dataclass(slots=True)
class Line:
    """How far a pass over the data is.

    While it runs, the time that the rest will take is shown; at its end the time that it took. The
    pace belongs to that time: time and pace never contradict each other.

    Attributes:
        done, total: units done, and to do (`None`: nobody knows).
        seconds: since the beginning.
        left: seconds that the rest will take, `None` if it has ended or nobody knows.
        logs: numbers to show, in this order.
    """

    done: int
    total: int | None
    seconds: float
    left: float | None = None
    unit: str = "step"
    logs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> str:
        """The count, aligned: `" 47/469"`."""
        if self.total is None:
            return f"{self.done}/?"
        return f"{self.done:{len(str(self.total))}d}/{self.total}"

    def _times(self) -> list[str]:
        if self.left is not None and self.total is not None:
            per_unit = self.left / (self.total - self.done)
            return [f"ETA {duration(self.left)}", pace(per_unit, self.unit)]
        per_unit = self.seconds / self.done if self.done else math.nan
        return [duration(self.seconds), pace(per_unit, self.unit)]

    def _facts(self) -> list[str]:
        return [f"{printable(name)}: {number(value)}" for name, value in self.logs.items()]

    def plain(self, header: str = "") -> str:
        """Return all in one line of text."""
        return " - ".join(
            [*([header] if header else []), self.count.strip(), *self._times(), *self._facts()]
        )

    def drawn(self, width: int, cells: int = 20, glyphs: str = "━━") -> Text:
        """Return a bar of `cells` cells and the rest, on as many lines of `width` columns as it takes."""
        from rich.text import Text

        if self.total is None:
            full = cells if self.done else 0
        else:
            full = cells * min(self.done, self.total) // max(self.total, 1)
        text = Text.assemble(
            (self.count, "bold"),
            " ",
            (glyphs[0] * full, "green"),
            (glyphs[1] * (cells - full), "bright_black"),
            " ",
        )
        text.append(" ".join(self._times()))
        _append_wrapped(text, self._facts(), width)
        return text


def _append_wrapped(text: Text, facts: Iterable[str], width: int) -> None:
    """Append ` - fact` each; a fact that does not fit goes to a new line, whole."""
    used = text.cell_len
    for fact in facts:
        if used + 3 + len(fact) > width:
            text.append("\n   ")
            used = 3
        text.append(f" - {fact}")
        used += 3 + len(fact)


_bars: weakref.WeakSet[Bar] = weakref.WeakSet()


def is_taken() -> bool:
    """Tell whether a bar is being drawn already, which a second one would draw over."""
    return bool(_bars)


class Bar:
    """A place on the screen that can be drawn over. Open it only if `can_redraw()`.

    Args:
        cells: length of the bar.
        takes_over: while the bar is there, hide the cursor and keep what others write above the
            bar; then `close` must be called whatever happens.
    """

    def __init__(self, cells: int = 20, takes_over: bool = True):
        from rich.console import Console

        self.cells = cells
        _bars.add(self)
        self._notebook: Any = None
        self._live: Any = None
        self._console = Console(highlight=False, soft_wrap=False)
        self._glyphs = "━━" if (self._console.encoding or "").lower().startswith("utf") else "=-"
        if not in_notebook():
            from rich.live import Live

            self._live = Live(
                console=self._console,
                auto_refresh=False,
                redirect_stdout=takes_over,
                redirect_stderr=takes_over,
                vertical_overflow="visible",
            )
            self._live.start()
            if not takes_over:
                self._console.show_cursor(True)

    def draw(self, line: Line) -> None:
        """Show `line` in place of what was there."""
        text = line.drawn(self._console.width, self.cells, self._glyphs)
        if self._live is not None:
            self._live.update(text, refresh=True)
        elif self._notebook is None:
            from IPython.display import display  # type: ignore[import-not-found]

            self._notebook = display(text, display_id=True)
        else:
            self._notebook.update(text)

    def close(self) -> None:
        """Leave what is there and give the terminal back."""
        _bars.discard(self)
        if self._live is not None:
            self._live.stop()
            self._live = None
