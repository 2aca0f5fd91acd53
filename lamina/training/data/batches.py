"""Batches that come one after the other: from a data set, a data loader, a generator, or by number."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Set
from itertools import islice
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.seeds import Cursor
from lamina.core.variable import Variable
from lamina.training.data.feed import Chunk, taken
from lamina.training.data.unpack import unpack_x_y_sample_weight

_NO_BATCHES = (list, tuple, dict, str, bytes, range, Set, Variable)


def is_batches(x: Any) -> bool:
    """Tell whether `x` gives batches one by one: it can be iterated or indexed, and is not an array."""
    if isinstance(x, _NO_BATCHES) or hasattr(x, "__array__"):
        return False
    return hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


def first_batch(source: Any, what: str = "") -> tuple[Any, Any, Any]:
    """`(x, y, sample_weight)` of the first batch of what can be started again.

    Raises:
        ValueError: it cannot be (an iterator: the batch would be missing later), or is empty.
    """
    running = (
        iter(source) if hasattr(source, "__iter__") else (source[i] for i in range(len(source)))
    )
    if running is source:
        raise ValueError(
            f"`{what}x` is a {type(source).__name__}: a look at its first batch would use it up. Give "
            "one batch, (x, y), instead, or what can be started again (a data set, a DataLoader)."
        )
    for batch in running:
        return unpack_x_y_sample_weight(batch)
    raise ValueError(f"`{what}x`, a {type(source).__name__}, gives no batches.")


class StreamFeed:
    """Batches from something that `is_batches`, each checked when its turn comes.

    Args:
        source: gives batches `x`, `(x, y)` or `(x, y, sample_weight)`: anything that can be iterated
            (a generator, a `tf.data.Dataset`, a torch `DataLoader`), or has `__len__` and
            `__getitem__` (Keras' `PyDataset`). Its `on_epoch_begin` and `on_epoch_end` are called,
            if it has them.
        take_in: makes checked host arrays of `(x, y, sample_weight)`.
        shuffle: batches by number come in a new order every epoch.
        continues: a pass with a limit goes on where the one before stopped.
        repeats: every pass gives the same batches; those of a source that can be iterated only once
            are kept in memory.
        what: names the data in messages.
    """

    def __init__(
        self,
        source: Any,
        take_in: Callable[..., Any],
        shuffle: bool | str = False,
        continues: bool = False,
        repeats: bool = False,
        what: str = "",
    ):
        self._source, self._take_in, self._what = source, take_in, what
        self._shuffle, self._continues, self._repeats = bool(shuffle), continues, repeats
        self._running: Iterator[Any] | None = None  # goes on in the next pass
        self._first: list[Any] = []  # the batch that `open` has taken out of it
        self._kept: list[Any] | None = None
        self.cursor = Cursor(0, 0)
        self.used_up = False  # the source can be iterated only once, and has no more batches

    def open(self) -> None:
        """Take in the first batch: a model is built for it, and its faults are named, at once.

        Raises:
            ValueError: there is not even one batch, or it does not fit.
        """
        if self._shuffle and not hasattr(self._source, "__iter__"):
            self.cursor = Cursor.begin()
        self._running = self._start()
        try:
            first = next(self._running)
        except StopIteration:
            raise ValueError(
                f"`{self._what}x`, a {type(self._source).__name__}, gives no batches. If it is a "
                "generator, make a new one: it can be used only once."
            ) from None
        self.example = self._checked(first, 0)
        self._first = [self.example]
        self.batch_size = len(tree.flatten(self.example)[0])

    @property
    def num_batches(self) -> int | None:
        """The number of batches in an epoch; `None` if the source does not know."""
        try:
            return len(self._source)
        except (TypeError, NotImplementedError):
            return None

    def steps(self, limit: int | None) -> int | None:
        """Return the number of batches in a pass of at most `limit`, `None` if only its end will tell.

        Raises:
            ValueError: the source has no end, and there is no limit.
        """
        known = self.num_batches
        if known is None and limit is None and _is_infinite(self._source):
            raise ValueError(
                f"`{self._what}x` has no end (it repeats), so say how many batches to take: "
                "`steps_per_epoch`, `validation_steps` or `steps`."
            )
        return limit if known is None else min(known, limit or known)

    def chunks(
        self, limit: int | None, per_call: Callable[[], int], at_most: int = 1
    ) -> Iterator[Chunk]:
        """Give the batches of one pass, as many of one shape in a chunk as `at_most` allows."""
        pending: list[Any] = []
        for batch in self._pass(limit):
            batch = tree.map_structure(lambda x: None if x is None else taken(x), batch)
            if pending and (len(pending) >= at_most or _kinds(batch) != _kinds(pending[0])):
                yield self._chunk(pending)
                pending = []
            pending.append(batch)
            if len(pending) == at_most:
                yield self._chunk(pending)
                pending = []
        if pending:
            yield self._chunk(pending)
        self.cursor.next_epoch()

    def _chunk(self, batches: list[Any]) -> Chunk:
        self.cursor.step += len(batches)
        together = tree.map_structure(
            lambda *leaves: None if leaves[0] is None else _stacked(leaves), *batches
        )
        return Chunk(together, len(batches))

    def _pass(self, limit: int | None) -> Iterator[Any]:
        """Give the checked batches of one pass, at most `limit`."""
        if self._kept is not None:
            yield from self._kept
            return
        number = 0
        kept: list[Any] | None = [] if self._repeats else None
        self._tell("on_epoch_begin")
        running, self._running = self._running or self._start(), None
        once = running is self._source
        for batch in self._taken_in(running):
            number += 1
            if kept is not None and once:
                kept.append(batch)
            yield batch
            if number == limit:
                break
        if number == limit and (self._continues or (once and not self._repeats)):
            self._running = running
        elif number == 0 or (limit is not None and number < limit):
            warnings.warn(
                f"`{self._what}x` ended after {number} of the {limit or 'expected'} batches of an epoch. "
                "Give it more batches (a data set: `.repeat()`), or ask for fewer steps.",
                stacklevel=3,
            )
        self.used_up = once and self._running is None and not self._repeats
        if once and kept:
            self._kept = kept
        self._tell("on_epoch_end")

    def _taken_in(self, running: Iterator[Any]) -> Iterator[Any]:
        first, self._first = self._first, []
        yield from first
        for number, batch in enumerate(running, len(first) + self.cursor.step * (not first)):
            yield self._checked(batch, number)

    def _start(self) -> Iterator[Any]:
        """Begin a pass where the cursor stands."""
        done = self.cursor.step
        if hasattr(self._source, "__iter__"):
            running = iter(self._source)
            return islice(running, done, None) if done else running
        count = len(self._source)
        order = self.cursor.order(count) if self._shuffle else range(count)
        return (self._source[int(i)] for i in order[done:])

    def _checked(self, batch: Any, number: int) -> Any:
        try:
            return self._take_in(*unpack_x_y_sample_weight(batch))
        except ValueError as error:
            error.add_note(f"in batch {number} of {self._what}x, a {type(self._source).__name__}")
            raise

    def _tell(self, hook: str) -> None:
        if hasattr(self._source, hook):
            getattr(self._source, hook)()


def _kinds(batch: Any) -> Any:
    return tree.map_structure(lambda x: None if x is None else (x.shape, x.dtype), batch)


def _stacked(leaves: tuple[np.ndarray, ...]) -> np.ndarray:
    return leaves[0][None] if len(leaves) == 1 else np.stack(leaves)


def _is_infinite(source: Any) -> bool:
    """Whether a data set of TensorFlow says so; others never tell."""
    cardinality = getattr(source, "cardinality", None)
    return cardinality is not None and int(cardinality()) == -1


def refuse_beside_batches(**given: Any) -> None:
    """Batches bring their own targets and weights: a clear error for arguments that repeat them.

    Raises:
        ValueError: one of the arguments is given.
    """
    for name, value in given.items():
        if value is not None:
            fix = (
                "the batches have the sizes that `x` gives them."
                if name == "batch_size"
                else "let each batch be (x, y) or (x, y, sample_weight), and cut validation data off before."
            )
            raise ValueError(f"`x` gives batches, so `{name}` cannot be given beside it: {fix}")
