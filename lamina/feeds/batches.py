"""Batches that come one after the other: from a data set, a data loader, a generator, or by number."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.seeds import Cursor
from lamina.core.sparse_rows import SparseRows
from lamina.core.tracebacks import warn
from lamina.feeds.ahead import SLOW, Ahead
from lamina.feeds.feed import Chunk, taken
from lamina.feeds.sources import source_of
from lamina.feeds.sources.source import Source, end
from lamina.feeds.unpack import unpack_x_y_sample_weight


def first_batch(
    source: Any, what: str = "", batch_size: int | None = None, columns: tuple = (None, None)
) -> tuple[Any, Any, Any]:
    """`(x, y, sample_weight)` of the first batch of what can be started again; arguments as `source_of`.

    Raises:
        ValueError: it cannot be (an iterator: the batch would be missing later), or is empty.
    """
    opened = source_of(source, False, batch_size, columns)
    if opened.once:
        raise ValueError(
            f"`{what}x` is a {type(source).__name__}: a look at its first batch would use it up. Give "
            "one batch, (x, y), instead, or what can be started again (a data set, a DataLoader)."
        )
    running = opened.start(Cursor(0, 0))
    try:
        return unpack_x_y_sample_weight(next(running))
    except StopIteration:
        raise ValueError(f"`{what}x`, a {type(source).__name__}, gives no batches.") from None
    finally:
        end(running)


class StreamFeed:
    """Batches from a source, each checked when its turn comes.

    Args:
        source: gives batches `x`, `(x, y)` or `(x, y, sample_weight)`.
        take_in: makes host arrays of `(x, y, sample_weight)`, and tells whether the model is ready for
            them. It may run in a thread, and changes nothing.
        make_ready: makes the model ready for arrays that were taken in; it runs where training runs.
        continues: a pass with a limit goes on where the one before stopped.
        repeats: every pass gives the same batches; those of a source that can be iterated only once
            are kept in memory.
        what: names the data in messages.
    """

    def __init__(
        self,
        source: Source,
        take_in: Callable[..., tuple[Any, bool]],
        make_ready: Callable[[Any], None] = lambda data: None,
        continues: bool = False,
        repeats: bool = False,
        what: str = "",
    ):
        self.places = source.places
        self._source, self._take_in, self._make_ready = source, take_in, make_ready
        self._name = f"{what}x"
        self._continues, self._repeats = continues, repeats
        self._running: Iterator[Any] | None = None  # goes on in the next pass
        self._first: list[tuple[Any, bool]] = []  # the batch that `open` has taken out of it
        self._kept: list[tuple[Any, bool]] | None = None
        self._slow = False  # taking a batch in takes its time
        self.cursor = Cursor(0, 0)
        self.used_up = False  # the source can be iterated only once, and has no more batches

    def open(self) -> None:
        """Take in the first batch: a model is built for it, and its faults are named, at once.

        Raises:
            ValueError: there is not even one batch, or it does not fit.
        """
        if self._source.seeded:
            self.cursor = Cursor.begin()
        self._source.tell("on_epoch_begin")
        self._running = self._source.begin(self.cursor)
        began = time.perf_counter()
        try:
            first = next(self._running)
        except StopIteration:
            raise ValueError(
                f"`{self._name}`, a {type(self._source.data).__name__}, gives no batches. If it is a "
                "generator, make a new one: it can be used only once."
            ) from None
        self.example, ready = self._checked(first, 0)
        self._slow = time.perf_counter() - began > SLOW
        if not ready:
            with self._named(0):
                self._make_ready(self.example)
        self._first = [(self.example, True)]
        self.batch_size = len(tree.flatten(self.example)[0])

    def state(self) -> dict[str, Any]:
        """Return what `go_to` needs besides the cursor; see `Feed`."""
        return self._source.state()

    def go_to(self, cursor: Cursor, state: dict[str, Any] | None = None) -> bool:
        """Let the next pass begin where `cursor` stands; see `Feed`."""
        self._running = self._source.resume(cursor, state or {}, self._running or iter(()))
        if cursor.step or not self._source.once:
            self._first = []  # `open` has taken it
        self.cursor = cursor
        return bool(cursor.step) and not self._source.follows_cursor

    def close(self) -> None:
        """Let go of what runs for the source: its workers end."""
        if self._running is not None and not self._source.once:
            end(self._running)
        self._running = None

    def steps(self, limit: int | None) -> int | None:
        """Return the number of batches in a pass of at most `limit`, `None` if only its end will tell.

        Raises:
            ValueError: the source has no end, and there is no limit.
        """
        batches = self._source.batches
        if batches is None and limit is None and self._source.endless:
            raise ValueError(
                f"`{self._name}` has no end (it repeats), so say how many batches to take: "
                "`steps_per_epoch`, `validation_steps` or `steps`."
            )
        return limit if batches is None else min(batches, limit or batches)

    def ends_short(self, limit: int | None) -> bool:
        """Tell whether the last batch of a pass of at most `limit` may have fewer samples than others."""
        return 1 not in (limit, self._source.batches)

    def chunks(
        self,
        limit: int | None,
        per_call: Callable[[], int],
        at_most: int = 1,
        takes_rows: Callable[[np.ndarray], bool] = lambda array: False,
    ) -> Generator[Chunk, None, None]:
        """Give the batches of one pass, as many of one shape in a chunk as `at_most` allows."""
        first = self._kept or self._first or self._opening()
        running, self._running, self._first = self._running, None, []
        alone, at_once = 1 in (limit, self._source.batches), (bool(first) and self._slow) or None
        pulls = self._pulled(running, first, limit, at_most)
        with Ahead(pulls, False if alone else at_once) as pulled:
            for chunk, unready, number in pulled:
                for i, batch in enumerate(unready):
                    with self._named(number + i):
                        self._make_ready(batch)
                yield chunk
        if self._running is None or self.cursor.step == self._source.batches:
            self.close()
            self.cursor.next_epoch()
            if self._repeats:
                self.cursor.epoch = 0
        self._source.tell("on_epoch_end")

    def _opening(self) -> list[tuple[Any, bool]]:
        """Take a pass's first batch out of the iteration that goes on; begin anew if it has no more."""
        self._source.tell("on_epoch_begin")
        if self._running is not None:
            for batch in islice(self._running, 1):
                return [self._checked(batch, self.cursor.step)]
            if self._source.once:
                return []
            self.cursor.next_epoch()
        self._running = self._source.begin(self.cursor)
        return []

    def _pulled(
        self, running: Any, first: list[tuple[Any, bool]], limit: int | None, at_most: int
    ) -> Generator[tuple[Chunk, list[Any], int], None, None]:
        """Give chunks, with the batches for which the model is not ready and the first one's number."""
        pending: list[tuple[Any, Any, bool]] = []
        number = 0

        def together() -> tuple[Chunk, list[Any], int]:
            batches = [batch for batch, _, _ in pending]
            leaves = tree.map_structure(lambda *x: None if x[0] is None else _stacked(x), *batches)
            unready = [given for _, given, ready in pending if not ready]
            return Chunk(leaves, len(batches)), unready, number - len(batches)

        for given, ready in self._pass(running, first, limit):
            batch = tree.map_structure(_entering, given)
            if pending and _kinds(batch) != _kinds(pending[0][0]):
                yield together()
                pending = []
            pending.append((batch, given, ready))
            number += 1
            if len(pending) == at_most:
                yield together()
                pending = []
        if pending:
            yield together()

    def _pass(
        self, running: Any, first: list[tuple[Any, bool]], limit: int | None
    ) -> Generator[tuple[Any, bool], None, None]:
        """Give the batches of one pass, at most `limit`, and whether the model is ready for each."""
        if self._kept is not None:
            yield from self._kept
            return
        once, number = self._source.once, 0
        kept: list[tuple[Any, bool]] | None = [] if self._repeats and once else None
        try:
            for batch, ready in self._taken_in(running, first):
                number += 1
                if kept is not None:
                    kept.append((batch, True))
                yield batch, ready
                if number == limit:
                    break
            if number == limit and (self._continues or (once and not self._repeats)):
                self._running = running
        finally:
            if self._running is None and not once:
                end(running)
        if self._running is None and (number == 0 or number < (limit or 0)):
            warn(
                f"`{self._name}` ended after {number} of the {limit or 'expected'} batches of an epoch. "
                "Give it more batches (a data set: `.repeat()`), or ask for fewer steps."
            )
        self.used_up = once and self._running is None and not self._repeats
        self._kept = kept or None

    def _taken_in(self, running: Any, first: list[tuple[Any, bool]]) -> Iterator[tuple[Any, bool]]:
        following = self.cursor.step + len(first)
        yield from first
        for number, batch in enumerate(running, following):
            yield self._checked(batch, number)

    def _checked(self, batch: Any, number: int) -> tuple[Any, bool]:
        with self._named(number):
            return self._take_in(*unpack_x_y_sample_weight(batch))

    @contextmanager
    def _named(self, number: int) -> Iterator[None]:
        """Say in an error which batch it is about."""
        try:
            yield
        except ValueError as error:
            kind = type(self._source.data).__name__
            error.add_note(f"in batch {number} of {self._name}, a {kind}")
            raise


def _entering(x: Any) -> Any:
    if x.__class__ is SparseRows:
        return taken(x).parts()
    return None if x is None else taken(x)


def _kinds(batch: Any) -> Any:
    return tree.map_structure(lambda x: None if x is None else (x.shape, x.dtype), batch)


def _stacked(leaves: tuple[np.ndarray, ...]) -> np.ndarray:
    return leaves[0][None] if len(leaves) == 1 else np.stack(leaves)
