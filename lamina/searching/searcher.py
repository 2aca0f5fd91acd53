"""`Searcher`: the part of a model that finds settings by trying them out."""

from typing import Any

import numpy as np

from lamina.core.tracebacks import shortened
from lamina.feeds.arrays import check_count, common_length
from lamina.feeds.batches import first_batch
from lamina.feeds.progress import Progress
from lamina.feeds.sources import is_batches, source_of
from lamina.preflight.optimization import fixed_rate
from lamina.preflight.preflighted import Preflighted
from lamina.searching.batch_size import BatchSizes, Trial, try_sizes
from lamina.searching.learning_rate import LearningRates, RangeTest
from lamina.training.as_before import as_before
from lamina.training.intake import take_in
from lamina.training.trainer import require_gradients

_MOST = (
    65_536  # samples in a batch that is tried, where `x` does not say how many samples there are
)


class Searcher(Preflighted):
    """A model that can be asked for a learning rate and a batch size."""

    @shortened
    def find_learning_rate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        lowest: float = 1e-7,
        highest: float = 10.0,
        steps: int = 100,
        sample_weight: Any = None,
        class_weight: Any = None,
        shuffle: bool | str = True,
        verbose: int | str = 0,
    ) -> LearningRates:
        """Learn with a rate that rises with every step, and see where the loss falls most steeply.

        The test ends early when the loss diverges. Afterwards weights, optimizer, metrics and random draws
        are as before. A model that is not built yet is built.

        Args:
            x, y, batch_size, sample_weight, class_weight, shuffle: as for `fit`.
            lowest, highest: the first rate and the last; each is the same multiple of the one before.
            steps: how many rates.
            verbose: 0 silent, 1 a progress bar, 2 a line at the end; `"auto"` is 1.

        Returns:
            `rates`, `losses`, `suggestion`, and `plot()`. The suggestion is where to begin; somewhat
            larger rates may do, too.

        Raises:
            ValueError: the optimizer's rate follows a schedule, `x` can be iterated only once, or the loss is
                not finite from the beginning.

        Source: Smith 2017, "Cyclical learning rates for training neural networks".

        Example:
            >>> import lamina
            >>> x = np.random.default_rng(0).normal(size=(256, 3)).astype("float32")
            >>> model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(1)])
            >>> model.compile("sgd", "mse")
            >>> found = model.find_learning_rate(x, x.sum(axis=1, keepdims=True))
            >>> 1e-3 < found.suggestion < 1
            True
        """
        self.__require_compiled("find_learning_rate")
        check_count("steps", steps, 3)
        if not 0 < lowest < highest < np.inf:
            raise ValueError(
                f"find_learning_rate: the rates must rise from above 0, but lowest={lowest!r}, highest={highest!r}."
            )
        if fixed_rate(self.optimizer) is None:
            raise ValueError(
                f"find_learning_rate sets the learning rate, but that of {type(self.optimizer).__name__} follows a "
                "schedule, or there are several. Give the optimizer a number first."
            )
        self.__take_in(x, y, sample_weight, class_weight, batch_size)
        endless = is_batches(x) and source_of(x, False, batch_size, (y, sample_weight)).endless
        with as_before(self), Progress(verbose, 1, steps, "rate") as progress:
            test = RangeTest(np.geomspace(lowest, highest, steps), progress)
            self.steps_per_execution = 1
            self.fit(
                *(x, y, batch_size),
                epochs=steps,
                steps_per_epoch=steps if endless else None,
                verbose=0,
                callbacks=[test],
                shuffle=shuffle,
                class_weight=class_weight,
                sample_weight=sample_weight,
                preflight=False,
                on_nan="ignore",  # it is how the test ends
            )
            progress.epoch_end(test.shown)
        return test.result()

    @shortened
    def find_batch_size(
        self,
        x: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        most: int | None = None,
        verbose: int | str = 0,
    ) -> BatchSizes:
        """Try training steps with batches of 1, 2, 4, ... samples until they do not fit into memory.

        Then the limit is approached, to a sixteenth. Afterwards weights, optimizer, metrics and random
        draws are as before. Each size is compiled by itself, which takes its time. Memory is the
        device's; of the host's, nine tenths are used at most.

        Args:
            x, y, sample_weight, class_weight: as for `fit`. Batches are made of their samples, over and
                over; where `x` gives batches, of those of the first.
            most: the largest size to try; by default the number of samples, or 65536 where `x` gives batches.
            verbose: 0 silent, 1 a progress bar, 2 a line at the end; `"auto"` is 1.

        Returns:
            `largest` (the largest size that fits), `fastest` (with the least time per sample), `seconds` of a
            step by size, and `plot()`; printed, a table.

        Raises:
            MemoryError: not even one sample fits.
            ValueError: the data do not fit the model, or `x` can be iterated only once.

        Example:
            >>> import lamina
            >>> model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(1)])
            >>> model.compile("sgd", "mse")
            >>> found = model.find_batch_size(np.ones((6, 3), "float32"), np.ones((6, 1), "float32"))
            >>> list(found.seconds), found.largest
            ([1, 2, 4, 6], 6)
        """
        self.__require_compiled("find_batch_size")
        data = self.__take_in(x, y, sample_weight, class_weight, None)
        samples = common_length({"x": data[0]})
        if most is None:
            most = _MOST if is_batches(x) else samples
        check_count("most", most)
        with as_before(self), Progress(verbose, 1, None, "size") as progress:
            found = try_sizes(Trial(self, data, samples, progress), most)
            progress.epoch_end({"largest": found.largest, "fastest": found.fastest})
        return found

    def __require_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(
                f"Call `model.compile(optimizer=..., loss=...)` before `model.{method}(...)`."
            )
        require_gradients()

    def __take_in(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: int | None
    ) -> tuple[Any, Any, Any]:
        """Return the data, or their first batch, as arrays; the model is built for them."""
        if is_batches(x):
            x, y, sample_weight = first_batch(x, "", batch_size, (y, sample_weight))
        return take_in(self, x, y, sample_weight, class_weight, batch_size=batch_size or 32)
