"""A bar while large files are written or read. Small ones, and output that is not a screen, pay nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from lamina.core import screen

LEAST = 64 * 2**20
"""Bytes of files that may take so long that a bar is of use; for smaller ones nobody looks at the time."""
LARGE = 500 * 2**20
"""Bytes of files that get a bar from the beginning; others get one when they take their time."""
_PATIENCE = 2.0  # seconds until then
_BETWEEN = 0.1  # seconds between two drawings
_MB = 2**20


@contextmanager
def shown(total: int) -> Iterator[Callable[[int], None] | None]:
    """Give a function that is to be told of each so many bytes that are done; `None` if no bar is of use.

    Args:
        total: bytes to do.

    Example:
        >>> with shown(1000) as count:
        ...     count is None
        True
    """
    if total < LEAST or not screen.can_redraw() or screen.is_taken():
        yield None
        return
    bar = _Bytes(total)
    try:
        yield bar.count
    finally:
        bar.close()


class _Bytes:
    """Counts bytes, and draws a bar if there is time to look at one."""

    def __init__(self, total: int):
        self.total, self.done = total, 0
        self.began = perf_counter()
        self.due = self.began + (0.0 if total >= LARGE else _PATIENCE)
        self.bar: screen.Bar | None = None

    def count(self, size: int) -> None:
        """Count `size` bytes more."""
        self.done += size
        now = perf_counter()
        if now >= self.due:
            self.bar = self.bar or screen.Bar()
            self.draw(now)
            self.due = now + _BETWEEN

    def draw(self, now: float) -> None:
        """Draw how many MB are done, and when the rest will be."""
        done, total = self.done // _MB, -(-self.total // _MB)
        left = screen.seconds_left(done, total, now, self.began, (self.began, 0))
        self.bar.draw(screen.Line(done, total, now - self.began, left, "MB"))  # type: ignore[union-attr]

    def close(self) -> None:
        """Draw the end, and give the screen back."""
        if self.bar is not None:
            self.draw(perf_counter())
            self.bar.close()
