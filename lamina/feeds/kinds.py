"""What data are, by the names of their classes: no library is imported in order to be recognised."""

from __future__ import annotations

import functools
from typing import Any

# (module or its top package, class) -> family; subclasses belong to it, too.
_FAMILIES = {
    ("pandas", "DataFrame"): "frame",
    ("polars", "DataFrame"): "frame",
    ("polars", "LazyFrame"): "lazy frame",
    ("pyarrow", "Table"): "frame",
    ("pyarrow", "RecordBatch"): "frame",
    ("modin", "DataFrame"): "frame",
    ("cudf", "DataFrame"): "frame",
    ("narwhals", "DataFrame"): "frame",
    ("narwhals", "LazyFrame"): "lazy frame",
    ("lamina.feeds.frames", "Columns"): "frame",
    ("pandas", "Series"): "column",
    ("polars", "Series"): "column",
    ("pyarrow", "ChunkedArray"): "column",
    ("modin", "Series"): "column",
    ("cudf", "Series"): "column",
    ("narwhals", "Series"): "column",
    ("datasets.arrow_dataset", "Column"): "lazy column",
    ("datasets.arrow_dataset", "Dataset"): "Hugging Face table",
    ("datasets.iterable_dataset", "IterableDataset"): "Hugging Face stream",
    ("lamina.feeds.py_dataset", "PyDataset"): "PyDataset",
    ("keras", "PyDataset"): "PyDataset",
    ("lamina.feeds.buckets", "Buckets"): "buckets",
    ("lamina.loading.dataset", "Dataset"): "lamina data set",
    ("tensorflow", "DatasetV2"): "tf.data",
    ("grain", "MapDataset"): "Grain map",
    ("torch.utils.data.dataloader", "DataLoader"): "DataLoader",
    ("torch.utils.data.dataset", "Dataset"): "torch data set",
}


@functools.lru_cache(1024)
def _family(kind: type) -> str | None:
    for base in kind.__mro__:
        for module in (base.__module__, base.__module__.partition(".")[0]):
            if (module, base.__name__) in _FAMILIES:
                return _FAMILIES[module, base.__name__]
    return None


def family_of(data: Any) -> str | None:
    """Return the family to which `data` belongs; `None` if it is of no library's own kind.

    Example:
        >>> import pandas
        >>> family_of(pandas.DataFrame()), family_of([1, 2])
        ('frame', None)
    """
    return _family(type(data))
