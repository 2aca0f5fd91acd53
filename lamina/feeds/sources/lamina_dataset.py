"""lamina's own `Dataset`: its elements in the order of the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lamina.core.seeds import Cursor
from lamina.feeds.sources.source import Source


class LaminaDataset(Source):
    """What `utils.image_dataset_from_directory` and its kin return; it shuffles by itself.

    Raises:
        ValueError: its elements are single samples.
    """

    def __init__(self, data: Any, shuffle: bool = False, **options: Any):
        if not data.batched:
            raise ValueError(
                f"{data!r} gives samples one by one; models take batches: `data.batch(32)`."
            )
        super().__init__(data, **options)
        self.shuffles = self.seeded = data.stage.shuffles
        self.follows_cursor = data.stage.pure

    def start(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass where the cursor stands."""
        return self.data.elements(cursor)
