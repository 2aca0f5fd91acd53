"""`tf.data`: data sets that know whether they have an end, and may give tensors of ragged rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lamina.core.seeds import Cursor
from lamina.feeds.sources.source import Source, without

_ENDLESS = -1


class TensorFlowDataset(Source):
    """A `tf.data.Dataset`.

    Its orders follow from its seeds and from how many times it was iterated before.
    """

    follows_cursor = True

    def __init__(self, data: Any, *args: Any, **options: Any):
        super().__init__(data, *args, **options)
        self._iterations = 0

    @property
    def endless(self) -> bool:
        """Whether the data set repeats without an end."""
        return int(self.data.cardinality()) == _ENDLESS

    def start(self, cursor: Cursor) -> Iterator[Any]:
        """Begin a pass: skipping is the data set's own business.

        Raises:
            ValueError: the data set gives tensors whose rows have many lengths.
        """
        for spec in _flat(self.data.element_spec):
            if type(spec).__name__ == "RaggedTensorSpec":
                raise ValueError(
                    f"`x`, a {type(self.data).__name__}, gives RaggedTensors. Make "
                    "them dense: dataset.padded_batch(...), or .map with `to_tensor()`."
                )
        self._iterations += 1
        return iter(self.data.skip(cursor.step) if cursor.step else self.data)

    def state(self) -> dict[str, Any]:
        """Return how many times the data set was iterated."""
        return {"iterations": self._iterations}

    def resume(
        self, cursor: Cursor, state: dict[str, Any], opened: Iterator[Any]
    ) -> Iterator[Any] | None:
        """Go on where another process was: begin as many iterations as it had begun."""
        batches, running = cursor.step - 1, opened
        while self._iterations < state.get("iterations", 0):
            batches, running = cursor.step, self.start(Cursor(0, 0))
        return without(running, batches) if cursor.step else None


def _flat(spec: Any) -> list[Any]:
    if isinstance(spec, dict):
        return [leaf for part in spec.values() for leaf in _flat(part)]
    if isinstance(spec, (list, tuple)):
        return [leaf for part in spec for leaf in _flat(part)]
    return [spec]
