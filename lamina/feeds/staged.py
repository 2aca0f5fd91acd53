"""`StagedFeed`: arrays of which a model's host stage makes others, batch by batch, in the feed's thread."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.sparse_rows import entered
from lamina.feeds.arrays import ArrayFeed
from lamina.feeds.feed import Chunk, taken


class StagedFeed(ArrayFeed):
    """Inputs, targets and sample weights in memory, the inputs for a host stage.

    Args:
        stage: makes what the rest of the model takes of a batch of inputs.
        data: `(x, y, sample_weight)`; `options` and errors are those of `ArrayFeed`.
    """

    def __init__(self, stage: Callable[[Any], Any], data: tuple[Any, Any, Any], **options: Any):
        super().__init__(*data, **options)
        self._stage = stage

    def open(self) -> None:
        """Check the lengths, and let the first batch through the stage: it is the example."""
        super().open()
        self.example = staged(self._stage, head(self._data, self.batch_size))

    def _gathered(
        self, total: int, order: Any, per_call: Any, takes_rows: Any
    ) -> Generator[Chunk, None, None]:
        for chunk in super()._gathered(total, order, per_call, lambda array: False):
            pending: list[Any] = []
            for number in range(chunk.count):
                batch = entered(staged(self._stage, _batch(chunk, number)))
                if pending and _kinds(batch) != _kinds(pending[0]):
                    yield _together(pending)
                    pending = []
                pending.append(batch)
            yield _together(pending)


def staged_or_not(stage: Any, data: tuple[Any, Any, Any], **options: Any) -> ArrayFeed:
    """Return a feed of arrays, for `stage` if that is not `None`."""
    return ArrayFeed(*data, **options) if stage is None else StagedFeed(stage, data, **options)


def staged(stage: Callable[[Any], Any], batch: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """Return a batch with what the stage makes of its inputs."""
    x, y, sample_weight = batch
    x = tree.map_structure(lambda leaf: None if leaf is None else taken(leaf), stage(x))
    return x, y, sample_weight


def head(data: Any, rows: int) -> Any:
    """Return the first rows of a tree of arrays."""
    return tree.map_structure(lambda leaf: None if leaf is None else leaf[:rows], data)


def _batch(chunk: Chunk, number: int) -> Any:
    return tree.map_structure(lambda leaf: None if leaf is None else leaf[number], chunk.batches)


def _kinds(batch: Any) -> Any:
    return [None if x is None else (x.shape, x.dtype) for x in tree.flatten(batch)]


def _together(batches: list[Any]) -> Chunk:
    leaves = tree.map_structure(lambda *x: None if x[0] is None else np.stack(x), *batches)
    return Chunk(leaves, len(batches))
