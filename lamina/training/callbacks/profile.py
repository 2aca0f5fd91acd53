"""`Profile`: where the time of a training goes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np

from lamina.core import screen, tree
from lamina.engine.current import engine
from lamina.feeds.feed import Chunk
from lamina.training.callbacks.callback import Callback, Logs

_PREFIX = {"train": "", "test": "validation: ", "predict": "prediction: "}


class Clock:
    """Adds up seconds and counts calls by what they were for."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()

    @contextmanager
    def measuring(self, what: str) -> Iterator[None]:
        """Add the time within to that of `what`."""
        began = perf_counter()
        try:
            yield
        finally:
            self.seconds[what] += perf_counter() - began
            self.calls[what] += 1

    def watch(
        self, phase: str, chunks: Iterator[Chunk], run: Callable[[Chunk], Any]
    ) -> tuple[Iterator[Chunk], Callable[[Chunk], Any]]:
        """Return the chunks and the step of a pass, such that their times are added up.

        The copy to the device is made, and the step is waited for, before time goes on.
        """
        return self._pulled(phase, chunks), lambda chunk: self._run(phase, chunk, run)

    def _pulled(self, phase: str, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        chunks = iter(chunks)
        while True:
            with self.measuring(_PREFIX[phase] + "waiting for data"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def _run(self, phase: str, chunk: Chunk, run: Callable[[Chunk], Any]) -> Any:
        before, e = _PREFIX[phase], engine()
        with self.measuring(before + "copying"):
            batches = tree.map_structure(
                lambda x: e.place(x) if isinstance(x, np.ndarray) else x, chunk.batches
            )
            e.synchronize(tree.flatten(batches))
        is_first = not self.calls[before + "first step"]
        with self.measuring(before + ("first step" if is_first else "steps")):
            logs = run(Chunk(batches, chunk.count))
            e.synchronize([x for x in tree.flatten(logs) if isinstance(x, e.array_types)])
        return logs


class Profile(Callback):
    """Measures where the time goes, and shows a table at the end of training.

    Its rows: waiting for data, copying them to the device, the first step (which compiles), the other
    steps, the same of the validation, and each other callback. To tell them apart each step is waited
    for, so that nothing overlaps: the whole takes a little longer than without the profile.

    Args:
        verbose: 0 shows no table; `table()` returns it.

    Attributes:
        clock: its `seconds` and `calls` by what they were for.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> profile = lamina.callbacks.Profile(verbose=0)
        >>> data = lamina.ops.ones((64, 2)), lamina.ops.ones((64, 1))
        >>> history = model.fit(*data, verbose=0, callbacks=[profile])
        >>> sorted(profile.clock.calls)[:3]
        ['History', 'copying', 'first step']
    """

    def __init__(self, verbose: int = 1):
        self.verbose = verbose
        self.clock = Clock()
        self.total = 0.0
        self._began = perf_counter()

    def on_train_begin(self, logs: Logs = None) -> None:
        """Start the clock."""
        self.clock.seconds.clear()
        self.clock.calls.clear()
        self._began = perf_counter()

    def on_train_end(self, logs: Logs = None) -> None:
        """Stop the clock, and show the table."""
        self.total = perf_counter() - self._began
        if self.verbose:
            screen.say(self.table())

    def table(self) -> str:
        """Return the table: seconds, share, calls and the time of a call; the longest first."""
        seconds = dict(self.clock.seconds)
        seconds["everything else"] = max(self.total - sum(seconds.values()), 0.0)
        width = max(map(len, seconds))
        lines = [f"{'time went into':<{width}}  {'seconds':>9}  {'share':>6}  {'calls':>7}  each"]
        for what, spent in sorted(seconds.items(), key=lambda pair: -pair[1]):
            calls = self.clock.calls[what]
            each = screen.pace(spent / calls, "call") if calls else ""
            share = spent / max(self.total, 1e-9)
            lines.append(
                f"{what:<{width}}  {spent:9.3f}  {share:6.1%}  {calls or '':>7}  {each}".rstrip()
            )
        lines.append(f"{'all':<{width}}  {self.total:9.3f}  {1:6.1%}")
        return "\n".join(lines)
