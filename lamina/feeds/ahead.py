"""Pulling ahead: a feed whose batches take their time is run by a thread, while the device works.

What takes its time is measured, not assumed: a pull that is quick costs less than handing over what
a thread has pulled. So feeds of views, and those of one batch, never start a thread.
"""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Generator, Iterator
from typing import Any, Generic, TypeVar

DEPTH = 2  # pulled, and not taken yet; more would only take memory
SLOW = 5e-4  # seconds; a thread hands over in a tenth of that
_PATIENCE = 5.0  # seconds to wait for a pull that is under way when nobody wants it any more

Item = TypeVar("Item")


class Ahead(Generic[Item]):
    """The items of a generator, pulled by a thread as soon as a pull has taken its time.

    An error in the generator is raised, with its own traceback, where the next item is taken. `close`
    ends the thread, then the generator; a `with` block calls it.

    Args:
        items: it is run by one thread at a time.
        thread: whether to start one, at once or never; `None`: that is measured.

    Example:
        >>> with Ahead(i * i for i in range(4)) as squares:
        ...     print([*squares])
        [0, 1, 4, 9]
    """

    def __init__(self, items: Generator[Item, None, Any], thread: bool | None = None):
        self._items, self._measures = items, thread is None
        self._room = threading.Semaphore(DEPTH)
        self._pulled: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        if thread:
            self._start()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        if self._thread is None:
            began = time.perf_counter()
            item = next(self._items)
            if self._measures and time.perf_counter() - began > SLOW:
                self._start()
            return item
        if self._closed:
            raise StopIteration
        item, error = self._pulled.get()
        if error is not None:
            self._closed = True
            try:
                raise error
            finally:
                del error  # its traceback holds this frame, and so what the source runs
        self._room.release()
        return item

    def _start(self) -> None:
        # In a copy of this context: the engine in force is the same there.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(
            target=run, args=(self._pull,), name="lamina feed", daemon=True
        )
        self._thread.start()

    def _pull(self) -> None:
        try:
            while self._room.acquire() and not self._closed:
                self._pulled.put((next(self._items), None))
        except BaseException as error:  # StopIteration, too: whatever it is, it is the taker's
            self._pulled.put((None, error))

    def close(self) -> None:
        """Let the pull that is under way end, and nothing follow it."""
        self._closed = True
        if self._thread is not None:
            self._room.release()
            self._thread.join(_PATIENCE)
            if self._thread.is_alive():
                return  # what it waits for may never come; it ends after that, or with the process
        self._items.close()

    def __enter__(self) -> Ahead[Item]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
