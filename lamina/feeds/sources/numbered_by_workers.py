"""Batches of a `PyDataset`: by number, made by its workers before their turn."""

from __future__ import annotations

import random
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from lamina.core.seeds import Cursor
from lamina.feeds.sources.source import Numbered


class NumberedByWorkers(Numbered):
    """A `PyDataset`, of lamina or of Keras."""

    def __init__(self, data: Any, shuffle: bool = False, **options: Any):
        super().__init__(data, shuffle, **options)
        self.shuffles = shuffle and self.batches is not None
        self.seeded = self.shuffles or data.use_multiprocessing

    @property
    def batches(self) -> int | None:
        """The number of batches in an epoch; `None` if there is no end."""
        return self.data.num_batches

    @property
    def endless(self) -> bool:
        """Whether the data set says that it has no end."""
        return self.batches is None

    def pull(self, numbers: Iterable[int], cursor: Cursor) -> Iterator[Any]:
        """Give the batches with these numbers, in their order; workers make some of them ahead."""
        workers, processes = self.data.workers, self.data.use_multiprocessing
        if workers <= 1 and not processes:
            return super().pull(numbers, cursor)
        if not processes:
            return made_ahead(
                lambda: ThreadPoolExecutor(workers, "lamina worker"),
                self.data.__getitem__,
                numbers,
                self.data.max_queue_size,
            )
        draws = (cursor.seed, cursor.stream, cursor.epoch)
        return made_ahead(
            lambda: ProcessPoolExecutor(max(workers, 1), None, _hold, (self.data,)),
            partial(_batch_of_held, draws),
            numbers,
            self.data.max_queue_size,
        )


def made_ahead(
    open_pool: Callable[[], Executor], make: Callable[[int], Any], numbers: Iterable[int], most: int
) -> Generator[Any, None, None]:
    """Give `make(number)` for each number, in order; `most` are under way before their turn."""
    pool, under_way, rest = open_pool(), deque(), iter(numbers)
    try:
        for number in islice(rest, max(most, 1)):
            under_way.append(pool.submit(make, number))
        while under_way:
            batch = under_way.popleft().result()
            for number in islice(rest, 1):
                under_way.append(pool.submit(make, number))
            yield batch
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_held: Any = None  # the data set, in a process that is a worker


def _hold(data: Any) -> None:
    global _held
    _held = data
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that trains


def _batch_of_held(draws: tuple[int, int, int], number: int) -> Any:
    # Whichever worker makes it: the same batch has the same draws, and different ones have others.
    seed = int(np.random.SeedSequence([*draws, number]).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    return _held[number]
