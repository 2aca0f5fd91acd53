"""`.safetensors` files: the format of Hugging Face, with names for weights that people can read.

An array is called by the path of its variable, as `"encoder/kernel"`. Automatic names differ when a model
is built twice in one process, so the text `layout` in the header says for each array where it lies among
the places of a `.weights.h5` file (`"layers/dense/vars/0"`). A file without it, from another program, is
matched by the variables' paths.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from lamina.core import tensor_file
from lamina.core.file_errors import FormatError
from lamina.core.file_source import Source
from lamina.core.load_policy import Budget
from lamina.core.plain import read_json
from lamina.saving.stores.flat import FlatFolder, tree
from lamina.saving.stores.holding import Holding
from lamina.saving.stores.tree import Folder, Tensor


class StoredTensor(Tensor):
    """An array of the file."""

    def __init__(self, stored: tensor_file.Stored, source: Source):
        self._stored, self._source = stored, source
        self.path, self.shape, self.dtype = stored.name, stored.shape, stored.dtype
        self.checksum = stored.checksum

    def read(self) -> np.ndarray:
        """Return the values."""
        return self._stored.read(self._source)


@contextmanager
def read(source: Source, names: Callable[[], Mapping[str, str]]) -> Iterator[Folder]:
    """Give the root of a file.

    Args:
        names: makes the places of arrays by their names, for a file that does not say them.

    Raises:
        FormatError: it is not such a file, or is damaged.
    """
    metadata, stored = tensor_file.read_header(source)
    own = metadata.get("format") == "lamina" and "layout" in metadata
    places = _layout(metadata["layout"], source.budget) if own else names()
    tensors = ((places.get(each.name, each.name), StoredTensor(each, source)) for each in stored)
    root = FlatFolder("", tree(tensors))
    root.texts = {key: text for key, text in metadata.items() if key not in ("crc32", "layout")}
    yield root


def _layout(text: str, budget: Budget) -> dict[str, str]:
    layout = read_json(text.encode("utf-8", "surrogatepass"), budget)
    if not isinstance(layout, dict) or not all(isinstance(x, str) for x in layout.values()):
        raise FormatError("the text `layout` in its header is not a table of places.")
    return layout


def write(file: BinaryIO, holdings: Iterable[Holding], texts: Mapping[str, str]) -> None:
    """Write a file.

    Args:
        texts: further texts for the header's `__metadata__`.

    Raises:
        TypeError: an array of a dtype that the format does not have.
    """
    layout: dict[str, str] = {}
    entries: list[tensor_file.Entry] = []
    for holding in holdings:
        for key, value in holding.values.items():
            layout[value.name] = f"{holding.path}/vars/{key}".lstrip("/")
            entries.append(tensor_file.Entry(value.name, value.dtype, value.shape, value.fetch))
    text = json.dumps(layout, ensure_ascii=False)
    tensor_file.write_to(file, {"format": "lamina", **texts, "layout": text}, entries)
