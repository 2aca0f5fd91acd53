"""Hugging Face `datasets`: tables on disk, read a batch of rows at a time, and streams of rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from lamina.core.seeds import Cursor
from lamina.feeds.frames import Columns, parted
from lamina.feeds.sources.source import Source


class HuggingFaceTable(Source):
    """A `datasets.Dataset`: samples by number, with named columns; nothing is read before its turn."""

    cut_here = follows_cursor = True

    def __init__(self, data: Any, shuffle: bool = False, **options: Any):
        super().__init__(data, **options)
        self.shuffles = self.seeded = shuffle

    @property
    def batches(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.data) // self.batch_size)

    def start(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass where the cursor stands, in the order of its epoch."""
        table, samples, size = self.data.with_format("numpy"), len(self.data), self.batch_size
        order = cursor.order(samples) if self.shuffles else None
        for first in range(cursor.step * size, samples, size):
            last = min(first + size, samples)
            rows = slice(first, last) if order is None else order[first:last].tolist()
            yield parted(Columns(table[rows]), *self.columns)


class HuggingFaceStream(Source):
    """A `datasets.IterableDataset`: rows one after the other, in the stream's own order."""

    cut_here = follows_cursor = True

    @property
    def batches(self) -> None:
        """Only the end of the stream will tell."""
        return None

    def start(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass where the cursor stands, at the order that the stream has for this epoch."""
        self.data.set_epoch(cursor.epoch)
        batches = self.data.with_format("numpy").iter(batch_size=self.batch_size)
        return (
            parted(Columns(batch), *self.columns) for batch in islice(batches, cursor.step, None)
        )
