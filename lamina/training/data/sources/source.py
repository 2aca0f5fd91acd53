"""What gives batches, seen alike whatever library it is from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import Any

from lamina.core.seeds import Cursor


class Source:
    """Anything that can be iterated: a generator, a loader, a data set. Other kinds are subclasses.

    Args:
        data: the user's object.
        shuffle: give batches in the order of the cursor, if they have numbers.
        batch_size: of a source of samples, which is cut into batches here.
        columns: names of the columns that are `y` and `sample_weight`, of a source with columns.

    Attributes:
        shuffles: the order is the cursor's; else it is the source's own.
        seeded: the cursor needs a stream of random draws.
        cut_here: the source takes `batch_size`, and `y` and `sample_weight` by name.
    """

    cut_here = False

    def __init__(
        self,
        data: Any,
        shuffle: bool = False,
        batch_size: int | None = None,
        columns: tuple[Any, Any] = (None, None),
    ):
        self.data = data
        self.shuffles = self.seeded = False
        self.batch_size = 32 if batch_size is None else batch_size
        self.columns = columns

    @property
    def batches(self) -> int | None:
        """The number of batches in an epoch; `None` if the source does not know."""
        try:
            return len(self.data)
        except (TypeError, NotImplementedError):
            return None

    @property
    def endless(self) -> bool:
        """Whether the source says that it has no end; most do not tell."""
        return False

    @property
    def once(self) -> bool:
        """Whether the source can be iterated only once."""
        return isinstance(self.data, Iterator)

    def start(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass where the cursor stands."""
        running = iter(self.data)
        return islice(running, cursor.step, None) if cursor.step else running

    def tell(self, hook: str) -> None:
        """Call the source's `on_epoch_begin` or `on_epoch_end`, if it has them."""
        if hasattr(self.data, hook):
            getattr(self.data, hook)()

    def close(self) -> None:
        """Let go of what runs for the source."""


class Numbered(Source):
    """Batches by number: `__len__` and `__getitem__`."""

    def __init__(self, data: Any, shuffle: bool = False, **options: Any):
        super().__init__(data, shuffle, **options)
        self.shuffles = self.seeded = shuffle

    def start(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass where the cursor stands: batches by number, or in the order of its epoch."""
        batches = self.batches
        if batches is None:
            return self.pull(count(cursor.step), cursor)
        order = cursor.order(batches).tolist() if self.shuffles else range(batches)
        return self.pull(order[cursor.step :], cursor)

    def pull(self, numbers: Iterable[int], cursor: Cursor) -> Iterator[Any]:
        """Give the batches with these numbers, in their order."""
        return (self.data[number] for number in numbers)
