"""What gives batches, seen alike whatever library it is from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import Any

from lamina.core import host_random
from lamina.core.seeds import Cursor


class Source:
    """Anything that can be iterated: a generator, a loader, a data set. Other kinds are subclasses.

    Args:
        data: the user's object.
        shuffle: give batches in the order of the cursor, if they have numbers.
        batch_size: of a source of samples, which is cut into batches here.
        columns: names of the columns that are `y` and `sample_weight`, of a source with columns.
        trains: the batches are learned from.

    Attributes:
        shuffles: the order is the cursor's; else it is the source's own.
        seeded: the cursor needs a stream of random draws.
        places: the number of the sample at each place, where batches do not hold them in order.
        cut_here: the source takes `batch_size`, and `y` and `sample_weight` by name.
        follows_cursor: the cursor alone decides which batches come; else random generators may, too.
    """

    cut_here = follows_cursor = False

    def __init__(
        self,
        data: Any,
        shuffle: bool = False,
        batch_size: int | None = None,
        columns: tuple[Any, Any] = (None, None),
        trains: bool = False,
    ):
        self.data = data
        self.shuffles = self.seeded = False
        self.batch_size = 32 if batch_size is None else batch_size
        self.columns, self.trains = columns, trains
        self.places: Any = None
        self._begun: dict[str, Any] = {}

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

    def begin(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass where the cursor stands, and note where random generators stand."""
        if not self.follows_cursor:
            self._begun = {"host": host_random.of_libraries(), "own": self._own_draws()}
        return self.start(cursor)

    def state(self) -> dict[str, Any]:
        """Return, as plain data, what `resume` needs besides the cursor."""
        return {} if self.follows_cursor else {"begun": self._begun, "own": self._own_draws()}

    def resume(
        self, cursor: Cursor, state: dict[str, Any], opened: Iterator[Any]
    ) -> Iterator[Any] | None:
        """Go on where another process was, whose `state` this is.

        Where random generators may have decided which batches came, the batches that were taken are drawn
        again, from the same state of the generators, and dropped.

        Args:
            opened: the iteration that was begun here, of which one batch was taken.

        Returns:
            The iteration that was under way, `None` if there was none.
        """
        if self.once:
            return without(opened, cursor.step - 1)
        end(opened)
        if self.follows_cursor:
            return self.start(cursor) if cursor.step else None
        if not cursor.step:
            self._set_own_draws(state.get("own"))
            return None
        self._begun = state.get("begun", {})
        host_random.go_to(self._begun.get("host", {}))
        self._set_own_draws(self._begun.get("own"))
        beginning = Cursor(cursor.seed, cursor.stream, cursor.epoch)
        return without(self.start(beginning), cursor.step)

    def _own_draws(self) -> Any:
        """Where a generator stands that a loader of PyTorch was given."""
        generator = getattr(self.data, "generator", None)
        if generator is None or not hasattr(generator, "get_state"):
            return None
        return generator.get_state().numpy()

    def _set_own_draws(self, state: Any) -> None:
        if state is not None:
            import torch

            self.data.generator.set_state(torch.tensor(state))

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


def without(running: Iterator[Any], batches: int) -> Iterator[Any]:
    """Return an iteration without its next batches."""
    deque(islice(running, max(batches, 0)), maxlen=0)
    return running


def end(running: Any) -> None:
    """End an iteration that nobody goes on with; a loader's workers end when it is forgotten."""
    if hasattr(running, "close"):
        running.close()


class Numbered(Source):
    """Batches by number: `__len__` and `__getitem__`."""

    follows_cursor = True

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
