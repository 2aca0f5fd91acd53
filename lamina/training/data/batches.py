"""Batches that come one after the other: from a data set, a data loader, a generator, or by number."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Set
from itertools import chain
from typing import Any

from lamina.core.seeds import host_generator
from lamina.core.variable import Variable
from lamina.training.data.unpack import unpack_x_y_sample_weight

_NO_BATCHES = (list, tuple, dict, str, bytes, range, Set, Variable)


def is_batches(x: Any) -> bool:
    """Whether `x` gives batches one by one: it can be iterated or has them by number, and is no array."""
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


class BatchData:
    """Batches from something that `is_batches`, each checked when its turn comes.

    Args:
        source: gives batches `x`, `(x, y)` or `(x, y, sample_weight)`: anything that can be iterated
            (a generator, a `tf.data.Dataset`, a torch `DataLoader`), or has `__len__` and
            `__getitem__` (Keras' `PyDataset`). Its `on_epoch_begin` and `on_epoch_end` are called,
            if it has them.
        take_in: makes checked host arrays of `(x, y, sample_weight)`.
        shuffle: batches by number come in a new order every epoch.
        continues: a pass with a limit goes on where the one before stopped.
        what: names the data in messages.

    Raises:
        ValueError: there is not even one batch.
    """

    def __init__(
        self,
        source: Any,
        take_in: Callable[..., Any],
        shuffle: bool | str = False,
        continues: bool = False,
        what: str = "",
    ):
        self._source, self._take_in = source, take_in
        self._shuffle, self._continues, self._what = bool(shuffle), continues, what
        running = self._start()
        try:
            first = next(running)
        except StopIteration:
            raise ValueError(
                f"`{what}x`, a {type(source).__name__}, gives no batches. If it is a generator, "
                "make a new one: it can be used only once."
            ) from None
        self._running: Iterator[Any] | None = running
        # Taken in now, so that a model is built, and what is wrong is said, at once.
        self._first: list[Any] = [self._checked(first, 0)]

    @property
    def first(self) -> Any:
        """The first batch, as it was taken in, before the first pass."""
        return self._first[0]

    @property
    def num_batches(self) -> int | None:
        """Batches in an epoch; `None` if the source does not know."""
        try:
            return len(self._source)
        except (TypeError, NotImplementedError):
            return None

    def steps(self, limit: int | None) -> int | None:
        """Batches in a pass of at most `limit`, `None` if only its end will tell.

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

    def batches(self, limit: int | None = None) -> Iterator[Any]:
        """The checked batches of one pass, at most `limit`."""
        number = 0
        self._tell("on_epoch_begin")
        running, self._running = self._running or self._start(), None
        taken, self._first = self._first, []
        later = (self._checked(batch, i) for i, batch in enumerate(running, len(taken)))
        for batch in chain(taken, later):
            yield batch
            number += 1
            if number == limit:
                break
        if number == limit and (self._continues or running is self._source):
            self._running = running
        elif number == 0 or (limit is not None and number < limit):
            warnings.warn(
                f"`{self._what}x` ended after {number} of the {limit or 'expected'} batches of an epoch. "
                "Give it more batches (a data set: `.repeat()`), or ask for fewer steps.",
                stacklevel=3,
            )
        self._tell("on_epoch_end")

    def _start(self) -> Iterator[Any]:
        if hasattr(self._source, "__iter__"):
            return iter(self._source)
        count = len(self._source)
        order = host_generator().permutation(count) if self._shuffle else range(count)
        return (self._source[int(i)] for i in order)

    def _checked(self, batch: Any, number: int) -> Any:
        try:
            return self._take_in(*unpack_x_y_sample_weight(batch))
        except ValueError as error:
            error.add_note(f"in batch {number} of {self._what}x, a {type(self._source).__name__}")
            raise

    def _tell(self, hook: str) -> None:
        if hasattr(self._source, hook):
            getattr(self._source, hook)()


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
            raise ValueError(
                f"`x` gives batches, so `{name}` cannot be given beside it: let each batch be "
                "(x, y) or (x, y, sample_weight), and cut validation data off beforehand."
            )
