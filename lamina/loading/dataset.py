"""`Dataset`: elements that are made when their turn comes; what functions that read files return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.seeds import Cursor
from lamina.loading.host_array import HostArray
from lamina.loading.stages import (
    Batched,
    Cached,
    Mapped,
    Part,
    Repeated,
    Samples,
    Shuffled,
    Stage,
    Unbatched,
)


class Dataset:
    """Batches (or single samples) for `fit`, `evaluate`, `predict` and loops, made when their turn comes.

    Each loop over it is a new pass; a shuffled one has another order in each. Files are read by several
    threads. `fit(resume=...)` goes on in the middle of a pass. Methods are named as those of `tf.data`,
    and each returns a new data set.

    Attributes:
        class_names: of the labels, in the order of their numbers; `None` if there are none.
        file_paths: of the files, in their order before a pass shuffles them; `None` if there are none.
        skipped: the damaged files that were left out (`on_error="skip"`).

    Example:
        >>> import lamina
        >>> data = lamina.utils.timeseries_dataset_from_array(np.arange(6), None, 2, batch_size=2)
        >>> [batch.tolist() for batch in data.map(lambda x: x * 10).take(1)]
        [[[0, 10], [10, 20]]]
    """

    def __init__(
        self,
        samples: Samples | Stage,
        class_names: list[str] | None = None,
        file_paths: list[str] | None = None,
        skipped: list[str] | None = None,
    ):
        self.stage = samples if isinstance(samples, Stage) else Stage(samples)
        self.class_names, self.file_paths, self.skipped = class_names, file_paths, skipped or []
        self.__cursor: Cursor | None = None

    def __len__(self) -> int:
        return len(self.stage)

    def __repr__(self) -> str:
        return f"<lamina Dataset of {len(self)} {'batches' if self.batched else 'samples'}>"

    @property
    def batched(self) -> bool:
        """Whether elements are batches, not samples."""
        return not self.stage.of_samples

    def __iter__(self) -> Iterator[Any]:
        """Begin a pass."""
        if self.__cursor is None:
            self.__cursor = Cursor.begin()
        running = self.elements(Cursor(**vars(self.__cursor)))
        self.__cursor.next_epoch()
        return (tree.map_structure(_readable, element) for element in running)

    def elements(self, cursor: Cursor) -> Iterator[Any]:
        """Give the elements of the pass in which the cursor stands, from there on, as plain arrays."""
        return self.stage.run(cursor, cursor.step)

    def __getitem__(self, number: int) -> Any:
        """Return the element with this number in the first pass."""
        if not -len(self) <= number < len(self):
            raise IndexError(f"{self!r} has no element {number}.")
        cursor = self.__cursor or Cursor(0, 0)
        first = Cursor(cursor.seed, cursor.stream)
        return tree.map_structure(_readable, self.stage.make(number % len(self), first))

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Begin a pass, with plain arrays."""
        return (tree.map_structure(_plain, element) for element in self)

    def cardinality(self) -> int:
        """Return the number of elements, as `len`."""
        return len(self)

    def map(self, function: Callable[..., Any], num_parallel_calls: int | None = None) -> Dataset:
        """Return a data set of what `function` makes of each element; of a tuple it gets the parts.

        Args:
            function: gets arrays of NumPy, returns arrays or tensors of any engine.
            num_parallel_calls: if given, threads call it on several elements at once; else it is called on
                one after the other, so random draws come in the same order.
        """
        return self._with(Mapped(self.stage, function, num_parallel_calls is not None))

    def batch(self, batch_size: int, drop_remainder: bool = False, **tuning: Any) -> Dataset:
        """Return a data set of batches of `batch_size` elements.

        Args:
            drop_remainder: leave a last batch out that would have fewer.
            **tuning: `num_parallel_calls` and `deterministic`, which have no effect.
        """
        _refuse_others("batch", tuning, ("num_parallel_calls", "deterministic", "name"))
        return self._with(Batched(self.stage, _count("batch_size", batch_size), drop_remainder))

    def unbatch(self) -> Dataset:
        """Return a data set of the samples of the batches.

        Raises:
            ValueError: how many samples each element has is not known.
        """
        stage = self.stage
        return self._with(stage.inner if isinstance(stage, Batched) else Unbatched(stage))

    def take(self, count: int) -> Dataset:
        """Return a data set of the first `count` elements of each pass; -1: of all."""
        return self._with(Part(self.stage, 0, len(self) if count < 0 else count))

    def skip(self, count: int) -> Dataset:
        """Return a data set without the first `count` elements of each pass; -1: without all."""
        return self._with(Part(self.stage, len(self) if count < 0 else count, len(self)))

    def shuffle(
        self,
        buffer_size: int | None = None,
        seed: int | None = None,
        reshuffle_each_iteration: bool = True,
    ) -> Dataset:
        """Return a data set with the elements in another order in each pass; batches stay as they are.

        Args:
            buffer_size: has no effect: all elements are shuffled.
            seed: the orders follow from it; without one from `utils.set_random_seed`.
            reshuffle_each_iteration: whether passes differ in their order.
        """
        return self._with(Shuffled(self.stage, seed, reshuffle_each_iteration))

    def repeat(self, count: int | None = None) -> Dataset:
        """Return a data set that goes through the elements `count` times.

        Raises:
            ValueError: without a number, or -1: it would have no end.
        """
        if count is None or count < 0:
            raise ValueError(
                "repeat: give the number of times. For training leave `repeat` out: `fit` goes through the data "
                "set once in every epoch, or, with `steps_per_epoch`, goes on where the last epoch ended."
            )
        return self._with(Repeated(self.stage, count))

    def cache(self, filename: str = "") -> Dataset:
        """Return a data set that keeps its elements in memory after the first pass.

        Raises:
            ValueError: a file is named, which is not offered.
        """
        if filename:
            raise ValueError("cache: elements are kept in memory only; leave `filename` out.")
        return self._with(Cached(self.stage))

    def prefetch(self, buffer_size: int | None = None) -> Dataset:
        """Return the data set itself: what takes its time is made ahead anyway."""
        return self

    def _with(self, stage: Stage) -> Dataset:
        return Dataset(stage, self.class_names)

    def __getattr__(self, name: str) -> Any:
        hint = ""
        if not name.startswith("_"):
            methods = sorted(n for n in vars(Dataset) if not n.startswith("_"))
            hint = (
                f" It has {', '.join(methods)}; for more, functions that read files have `format='tf'`, "
                "'grain' and 'torch'."
            )
        raise AttributeError(f"lamina's Dataset has no {name!r}.{hint}", name=name, obj=self)


def _readable(leaf: Any) -> Any:
    return np.asarray(leaf, object if isinstance(leaf, (bytes, str)) else None).view(HostArray)


def _plain(leaf: Any) -> Any:
    return leaf.numpy()


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer, not {value!r}.")
    return int(value)


def _refuse_others(method: str, arguments: dict[str, Any], ignored: tuple[str, ...]) -> None:
    if others := sorted(arguments.keys() - {*ignored}):
        raise TypeError(f"{method} does not take the argument(s) {others}.")
