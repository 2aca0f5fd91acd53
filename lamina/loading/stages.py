"""What a data set is made of: stages, each of which has elements by number.

A stage stands on another one, the last on samples. The element of a number is a function of the number
and of the pass over the data (`Cursor`: its seed, stream and epoch), so a pass can begin anywhere. `run`
gives the elements from one on; it decides what is made by several threads.
"""

from __future__ import annotations

import contextvars
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

import numpy as np

from lamina.core import tree
from lamina.core.seeds import Cursor, order
from lamina.engine.current import to_host
from lamina.feeds.sources.numbered_by_workers import made_ahead

WORKERS = min(os.cpu_count() or 1, 8)
_STREAMS = 1 << 40  # a program takes fewer streams of draws than this


class Samples(Protocol):
    """Samples by number, to be read by any thread or process.

    Attributes:
        quick: a sample is there at once, so that threads would only cost time.
    """

    quick: bool

    def __len__(self) -> int: ...
    def __getitem__(self, number: int) -> Any: ...
    def together(self, numbers: Sequence[int]) -> Any:
        """Return the samples with these numbers as one batch."""

    def collated(self, samples: Sequence[Any]) -> Any:
        """Return these samples as one batch."""


def stacked(samples: Sequence[Any]) -> Any:
    """Return a batch: what is at one place in each of `samples`, along a new first axis.

    Raises:
        ValueError: they differ in shape.
    """

    def leaves(*parts: Any) -> Any:
        if isinstance(parts[0], (bytes, str)):
            return np.array(parts, object)
        shapes = {np.shape(part) for part in parts}
        if len(shapes) > 1:
            raise ValueError(
                f"Samples of the shapes {sorted(shapes)[:3]} do not go into one batch; bring them to one shape "
                "by `map` before `batch`."
            )
        return np.stack(parts)

    return tree.map_structure(leaves, *samples)


class Stage:
    """Elements by number; a stage of samples itself, and what others are made from.

    Attributes:
        parallel: several threads make elements at once.
        ordered: elements are made one after the other, best all of them.
        pure: an element depends on nothing but its number and the pass.
        shuffles: the order is another one in each pass.
        of_samples: elements are samples, not batches.
        batch_size: samples in an element; `None` if elements are samples, or differ.
    """

    pure = True
    ordered = shuffles = False
    batch_size: int | None = None

    def __init__(self, samples: Samples, of_samples: bool = True):
        self.samples, self.of_samples = samples, of_samples
        self.parallel = not samples.quick

    @property
    def count(self) -> int:
        """The number of samples in all elements."""
        return len(self)

    def __len__(self) -> int:
        return len(self.samples)

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        return self.samples[number]

    def together(self, numbers: Sequence[int], cursor: Cursor) -> Any:
        """Make a batch of the elements with these numbers."""
        return self.samples.together(numbers)

    def run(self, cursor: Cursor, start: int = 0) -> Iterator[Any]:
        """Give the elements of a pass from number `start` on; threads make some before their turn."""
        numbers = range(start, len(self))
        if self.parallel:
            return _in_threads(self, cursor, numbers)
        return (self.make(number, cursor) for number in numbers)


def _in_threads(stage: Stage, cursor: Cursor, numbers: Iterable[int]) -> Iterator[Any]:
    from concurrent.futures import ThreadPoolExecutor

    context = contextvars.copy_context()

    def make(number: int) -> Any:
        return context.copy().run(stage.make, number, cursor)

    return made_ahead(lambda: ThreadPoolExecutor(WORKERS, "lamina loader"), make, numbers, WORKERS)


class OnOther(Stage):
    """A stage that stands on another one, whose ways it has."""

    def __init__(self, inner: Stage):
        self.inner = inner
        self.parallel, self.ordered, self.pure = inner.parallel, inner.ordered, inner.pure
        self.shuffles, self.batch_size = inner.shuffles, inner.batch_size
        self.of_samples = inner.of_samples

    def __len__(self) -> int:
        return len(self.inner)

    @property
    def count(self) -> int:
        """The number of samples in all elements."""
        return self.inner.count

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        return self.inner.make(number, cursor)

    def together(self, numbers: Sequence[int], cursor: Cursor) -> Any:
        """Make a batch of the elements with these numbers."""
        return stacked([self.make(number, cursor) for number in numbers])


class Shuffled(OnOther):
    """Another order in each pass.

    Args:
        seed: of the orders; `None`: they are those of the pass.
        every_pass: whether passes differ.
    """

    def __init__(self, inner: Stage, seed: int | None = None, every_pass: bool = True):
        super().__init__(inner)
        self.shuffles = True
        self._seed, self._every_pass = seed, every_pass
        self._depth = _shuffles(inner)
        self._last: tuple[Any, np.ndarray] | None = None
        if inner.count % (inner.batch_size or 1):
            self.batch_size = None  # the short batch is anywhere

    def _order(self, cursor: Cursor) -> np.ndarray:
        seed = cursor.seed if self._seed is None else self._seed
        stream = cursor.stream + _STREAMS * self._depth
        which = seed, stream, cursor.epoch
        if not self._every_pass:
            which = seed, which[1] if self._seed is None else self._depth, 0
        if (last := self._last) is None or last[0] != which:
            self._last = last = which, order(*which, samples=len(self))
        return last[1]

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        return self.inner.make(int(self._order(cursor)[number]), cursor)

    def together(self, numbers: Sequence[int], cursor: Cursor) -> Any:
        """Make a batch of the elements with these numbers."""
        return self.inner.together(self._order(cursor)[numbers].tolist(), cursor)


def _shuffles(stage: Stage | None) -> int:
    """Return how many stages up to this one shuffle: each has draws of its own."""
    count = 0
    while stage is not None:
        count += isinstance(stage, Shuffled)
        stage = getattr(stage, "inner", None)
    return count


class Batched(OnOther):
    """Batches of `size` elements."""

    def __init__(self, inner: Stage, size: int, drop_remainder: bool = False):
        super().__init__(inner)
        self.size = self.batch_size = size
        self.of_samples = False
        self._drop = drop_remainder

    def __len__(self) -> int:
        inner = len(self.inner)
        return inner // self.size if self._drop else math.ceil(inner / self.size)

    @property
    def count(self) -> int:
        """The number of samples in all elements."""
        return min(len(self.inner), len(self) * self.size)

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        start = number * self.size
        return self.inner.together(range(start, min(start + self.size, len(self.inner))), cursor)

    def run(self, cursor: Cursor, start: int = 0) -> Iterator[Any]:
        """Give the elements of a pass from number `start` on."""
        return self._collected(cursor, start) if self.ordered else super().run(cursor, start)

    def _collected(self, cursor: Cursor, start: int) -> Iterator[Any]:
        running = self.inner.run(cursor, start * self.size)
        for _ in range(start, len(self)):
            yield stacked([*islice(running, self.size)])


class Mapped(OnOther):
    """What a function of the user's makes of each element, in order; `parallel`: of several at once."""

    def __init__(self, inner: Stage, function: Callable[..., Any], parallel: bool = False):
        super().__init__(inner)
        self.parallel = parallel and inner.parallel
        self.ordered = not self.parallel
        self.pure = False  # who knows what it draws
        self._function = function

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        return self._changed(self.inner.make(number, cursor))

    def run(self, cursor: Cursor, start: int = 0) -> Iterator[Any]:
        """Give the elements of a pass from number `start` on."""
        if self.parallel:
            return super().run(cursor, start)
        return map(self._changed, self.inner.run(cursor, start))

    def _changed(self, element: Any) -> Any:
        made = self._function(*element) if isinstance(element, tuple) else self._function(element)
        return tree.map_structure(_on_host, made)


def _on_host(leaf: Any) -> Any:
    leaf = to_host(leaf)
    return leaf.numpy() if hasattr(leaf, "numpy") else leaf


class Part(OnOther):
    """The elements from number `start` to before `stop`."""

    def __init__(self, inner: Stage, start: int, stop: int):
        super().__init__(inner)
        self.start, self.stop = min(start, len(inner)), min(stop, len(inner))

    def __len__(self) -> int:
        return max(self.stop - self.start, 0)

    @property
    def count(self) -> int:
        """The number of samples in all elements."""
        size = self.batch_size or 1
        return max(min(self.inner.count - self.start * size, len(self) * size), 0)

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        return self.inner.make(self.start + number, cursor)

    def together(self, numbers: Sequence[int], cursor: Cursor) -> Any:
        """Make a batch of the elements with these numbers."""
        return self.inner.together([self.start + number for number in numbers], cursor)

    def run(self, cursor: Cursor, start: int = 0) -> Iterator[Any]:
        """Give the elements of a pass from number `start` on."""
        if not self.ordered:
            return super().run(cursor, start)
        return islice(self.inner.run(cursor, self.start + start), max(len(self) - start, 0))


class Repeated(OnOther):
    """All elements several times, each time as in a pass of its own."""

    def __init__(self, inner: Stage, times: int):
        super().__init__(inner)
        self._times = times
        if inner.count % (inner.batch_size or 1):
            self.batch_size = None

    def __len__(self) -> int:
        return len(self.inner) * self._times

    @property
    def count(self) -> int:
        """The number of samples in all elements."""
        return self.inner.count * self._times

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        return self.inner.make(number % len(self.inner), self._pass(cursor, number))

    def run(self, cursor: Cursor, start: int = 0) -> Iterator[Any]:
        """Give the elements of a pass from number `start` on."""
        first, inner = divmod(start, len(self.inner))
        for number in range(first, self._times):
            yield from self.inner.run(self._pass(cursor, number * len(self.inner)), inner)
            inner = 0

    def _pass(self, cursor: Cursor, number: int) -> Cursor:
        epoch = cursor.epoch * self._times + number // len(self.inner)
        return Cursor(cursor.seed, cursor.stream, epoch)


class Cached(OnOther):
    """Elements kept in memory when they were made, as they were in that pass."""

    def __init__(self, inner: Stage):
        super().__init__(inner)
        self._kept: dict[int, Any] = {}
        self._of: Cursor | None = None

    def _first(self, cursor: Cursor) -> Cursor:
        # All that is kept is of one pass, else an element could be there twice.
        self._of = self._of or Cursor(cursor.seed, cursor.stream)
        return self._of

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        if number not in self._kept:
            self._kept[number] = self.inner.make(number, self._first(cursor))
        return self._kept[number]

    def run(self, cursor: Cursor, start: int = 0) -> Iterator[Any]:
        """Give the elements of a pass from number `start` on."""
        numbers = iter(range(start, len(self)))
        for number in numbers:
            if number not in self._kept:
                for place, made in enumerate(self.inner.run(self._first(cursor), number), number):
                    yield self._kept.setdefault(place, made)
                return
            yield self._kept[number]


class Unbatched(OnOther):
    """The samples of batches, one by one, a batch made when its first is taken."""

    def __init__(self, inner: Stage):
        super().__init__(inner)
        if inner.batch_size is None:
            raise ValueError(
                "unbatch: the number of samples in each element is not known. Unbatch before batches are "
                "shuffled or repeated, or give the data set in batches."
            )
        self._size, self.batch_size = inner.batch_size, None
        self.parallel, self.ordered, self.of_samples = False, True, True

    def __len__(self) -> int:
        return self.inner.count

    def make(self, number: int, cursor: Cursor) -> Any:
        """Make the element with this number, in the pass of the cursor."""
        batch, place = divmod(number, self._size)
        return _sample(self.inner.make(batch, cursor), place)

    def run(self, cursor: Cursor, start: int = 0) -> Iterator[Any]:
        """Give the elements of a pass from number `start` on."""
        first, skipped = divmod(start, self._size)
        for batch in self.inner.run(cursor, first):
            for place in range(skipped, len(tree.flatten(batch)[0])):
                yield _sample(batch, place)
            skipped = 0


def _sample(batch: Any, place: int) -> Any:
    return tree.map_structure(lambda leaf: leaf[place], batch)
