"""`adapt`: what a layer learns from data before training, in one pass over them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from lamina.feeds.one_pass import BYTES, as_one, one_pass


class Adapts:
    """What layers have that learn from data before training.

    A subclass writes `reset_state()` (forget), `update_state(data)` (take a batch in: an array of any
    kind; `host_values` makes NumPy's of it) and `finalize_state()` (make what `call` uses).
    """

    name: str
    built: bool
    build: Any
    bytes_at_once: ClassVar[int] = BYTES
    """About how much of an array in memory is one batch."""
    given_instead: ClassVar[str] = "what it would learn"
    """What the constructor may be given instead of `adapt`, in words."""

    @property
    def learns(self) -> bool:
        """Whether there is something to learn from data: not if all of it was given."""
        return True

    def adapt(
        self,
        data: Any,
        steps: int | None = None,
        *,
        batch_size: int | None = None,
        verbose: int | str = "auto",
    ) -> None:
        """Learn from data, in one pass; what was learned before is forgotten.

        Args:
            data: an array of any engine, a list, a frame, or whatever `fit` takes that gives batches: a
                `tf.data.Dataset`, a `DataLoader`, a `PyDataset`, a generator, a Hugging Face data set, Grain.
                Targets and weights in its batches are left out.
            steps: the most batches to take; needed where the data have no end.
            batch_size: samples in a batch, where data in memory are cut here.
            verbose: 0 silent, 1 a bar or a line, "auto" a bar where a screen can show one.

        Raises:
            ValueError: there are no batches, no end of them, they do not fit the layer, or it was given all.
        """
        learn(self, data, batch_size, steps, verbose)

    def reset_state(self) -> None:
        """Forget what was learned from data."""
        raise NotImplementedError(f"{type(self).__name__} has no `reset_state`.")

    def update_state(self, data: Any) -> None:
        """Learn from one batch."""
        raise NotImplementedError(f"{type(self).__name__} has no `update_state`.")

    def finalize_state(self) -> None:
        """Make what `call` uses out of what was learned."""


def learn(
    layer: Adapts,
    data: Any,
    batch_size: int | None = None,
    steps: int | None = None,
    verbose: int | str = "auto",
) -> None:
    """Let `layer` forget, learn from `data` in one pass, and finalize; arguments and errors as `Adapts.adapt`."""
    if not layer.learns:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r} was given {layer.given_instead}, so there is nothing to learn. "
            "Make a layer without that, and adapt it."
        )
    layer.reset_state()
    for batch in one_pass(data, batch_size, steps, verbose, layer.bytes_at_once):
        array: np.ndarray = as_one(batch, "data")
        if not layer.built:
            layer.build((None, *array.shape[1:]))
        layer.update_state(array)
    layer.finalize_state()
