"""Grain: a `MapDataset` has batches by number; its loaders and `IterDataset`s are iterated like others."""

from __future__ import annotations

import sys

from lamina.feeds.sources.source import Numbered


class GrainMap(Numbered):
    """A `grain.MapDataset` of batches, in its own order: it shuffles by its own `shuffle(seed=...)`."""

    def __init__(self, data, shuffle=False, **options):
        super().__init__(data, shuffle=False, **options)

    @property
    def batches(self) -> int | None:
        """The number of batches; `None` if the data set repeats without an end."""
        length = len(self.data)
        return None if length == sys.maxsize else length

    @property
    def endless(self) -> bool:
        """Whether the data set repeats without an end."""
        return self.batches is None
