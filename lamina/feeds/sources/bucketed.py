"""Buckets of sequences: their batches in the order of the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from lamina.core.seeds import Cursor
from lamina.feeds.sources.source import Source


class Bucketed(Source):
    """A `data.bucket(...)`."""

    follows_cursor = True

    def __init__(self, data: Any, shuffle: bool = False, **options: Any):
        super().__init__(data, **options)
        self.shuffles = self.seeded = shuffle
        self.places = data.places

    def start(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass where the cursor stands, with the samples in the order of its epoch."""
        samples = self.data.samples
        order = cursor.order(samples).tolist() if self.shuffles else range(samples)
        batches = self.data.batches(order, fill=self.trains)
        return (self.data.padded(*batch) for batch in islice(batches, cursor.step, None))
