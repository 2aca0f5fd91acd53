"""`tf.data`: data sets that know whether they have an end, and may give tensors of ragged rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lamina.core.seeds import Cursor
from lamina.training.data.sources.source import Source

_ENDLESS = -1


class TensorFlowDataset(Source):
    """A `tf.data.Dataset`."""

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
            if type(spec).__name__ in ("RaggedTensorSpec", "SparseTensorSpec"):
                raise ValueError(
                    f"`x`, a {type(self.data).__name__}, gives {type(spec).__name__.removesuffix('Spec')}s. Make "
                    "them dense: dataset.padded_batch(...), or .map with `to_tensor()` or `tf.sparse.to_dense`."
                )
        return iter(self.data.skip(cursor.step) if cursor.step else self.data)


def _flat(spec: Any) -> list[Any]:
    if isinstance(spec, dict):
        return [leaf for part in spec.values() for leaf in _flat(part)]
    if isinstance(spec, (list, tuple)):
        return [leaf for part in spec for leaf in _flat(part)]
    return [spec]
