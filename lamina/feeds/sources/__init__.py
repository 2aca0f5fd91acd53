"""One adaptor for each family of things that give batches; `source_of` finds it."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import numpy as np

from lamina.core.sparse_rows import are_rows
from lamina.core.variable import Variable
from lamina.feeds.kinds import family_of
from lamina.feeds.sources.bucketed import Bucketed
from lamina.feeds.sources.grain_map import GrainMap
from lamina.feeds.sources.hugging_face import HuggingFaceStream, HuggingFaceTable
from lamina.feeds.sources.lamina_dataset import LaminaDataset
from lamina.feeds.sources.numbered_by_workers import NumberedByWorkers
from lamina.feeds.sources.source import Numbered, Source
from lamina.feeds.sources.tensorflow_dataset import TensorFlowDataset
from lamina.feeds.sources.torch_loader import TorchSamples

_BY_FAMILY: dict[str | None, type[Source]] = {
    "DataLoader": Source,
    "buckets": Bucketed,
    "Grain map": GrainMap,
    "Hugging Face stream": HuggingFaceStream,
    "Hugging Face table": HuggingFaceTable,
    "lamina data set": LaminaDataset,
    "PyDataset": NumberedByWorkers,
    "tf.data": TensorFlowDataset,
    "torch data set": TorchSamples,
}
_IN_MEMORY = {"frame", "column", "lazy frame", "lazy column"}
_NO_BATCHES = (list, tuple, dict, str, bytes, range, Set, Variable)


def is_batches(x: Any) -> bool:
    """Tell whether `x` gives batches one by one: it can be iterated or indexed, and is not an array."""
    if type(x) is np.ndarray:
        return False  # the short way for what nearly everyone gives
    family = family_of(x)
    if family is not None:
        return family not in _IN_MEMORY
    if isinstance(x, _NO_BATCHES) or hasattr(x, "__array__") or are_rows(x):
        return False
    return hasattr(x, "__iter__") or _has_numbers(x)


def source_of(
    x: Any,
    shuffle: bool = False,
    batch_size: int | None = None,
    columns: tuple = (None, None),
    trains: bool = False,
) -> Source:
    """Return the source for `x`, which gives batches; arguments as for `Source`.

    Raises:
        ValueError: it does not, or takes no `batch_size` or names of columns.
    """
    kind = _BY_FAMILY.get(family_of(x)) or (Source if hasattr(x, "__iter__") else Numbered)
    if not kind.cut_here:
        refuse_beside_batches(y=columns[0], sample_weight=columns[1], batch_size=batch_size)
    return kind(x, shuffle=shuffle, batch_size=batch_size, columns=columns, trains=trains)


def refuse_beside_batches(**given: Any) -> None:
    """Batches bring their own targets and weights: a clear error for arguments that repeat them.

    Raises:
        ValueError: one of the arguments is given.
    """
    for name, value in given.items():
        if value is not None:
            fix = (
                "the batches have the sizes that `x` gives them."
                if name == "batch_size"
                else "let each batch be (x, y) or (x, y, sample_weight), and cut validation data off before."
            )
            raise ValueError(f"`x` gives batches, so `{name}` cannot be given beside it: {fix}")


def _has_numbers(x: Any) -> bool:
    return hasattr(x, "__getitem__") and hasattr(x, "__len__")
