"""A file of arrays in folders, for what `save_weights` does not write: adapters, statistics, ....

The shape is that of the store which Keras hands to libraries, and the file is one that Keras reads.

Example:
    >>> import lamina, tempfile
    >>> path = tempfile.mkdtemp() + "/adapter.h5"
    >>> with lamina.saving.store.Store(path, "w") as store:
    ...     entry = store.make("lora")
    ...     entry["rank"] = 4
    >>> with lamina.saving.store.Store(path) as store:
    ...     dict(store.get("lora"))
    {'rank': array(4)}
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lamina.core.load_policy import Budget, Limits
from lamina.saving import stores
from lamina.saving.stores.holding import Holding, as_value
from lamina.saving.stores.mappings import Stored, Written


class Store:
    """A file of arrays: `make` gives a mapping to fill, `get` one to read.

    Args:
        source: a path whose ending names the format (`.h5`, or any of `save_weights`), or a binary file
            object, which holds HDF5.
        mode: `"r"` reads, `"w"` writes; the file is written when the store is closed.
        limits: the most that a file may take when it is read.

    Raises:
        ValueError: another mode or ending.
        OSError: the file is not there, or cannot be written.
        FormatError: it is damaged, or of another format.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | BinaryIO,
        mode: str = "r",
        limits: Limits | None = None,
    ):
        if mode not in ("r", "w"):
            raise ValueError(f"Store: `mode` must be 'r' or 'w', not {mode!r}.")
        self._source, self.mode, self._ending = source, mode, _ending(source)
        self._made: dict[str, tuple[str | None, Written]] = {}
        self._open = ExitStack()
        if mode == "r":
            reading = stores.reading(source, Budget(limits) if limits else None, self._ending)
            self._root = self._open.enter_context(reading)

    def make(
        self, path: str, metadata: Mapping[str, Any] | None = None
    ) -> MutableMapping[str, Any]:
        """Return the mapping whose arrays are written into the folder `path`.

        Args:
            path: names with slashes between; empty for the root.
            metadata: `{"name": ...}` is written with it.

        Raises:
            ValueError: the store is to be read, or the path is not plain.
        """
        self._require("w", "make")
        path = path.strip("/")
        if any(part in ("", ".", "..", "vars") for part in path.split("/")) and path:
            raise ValueError(f"Store.make: {path!r} is not a plain path of folders.")
        name = (metadata or {}).get("name")
        return self._made.setdefault(path, (name, Written()))[1]

    def get(self, path: str) -> Mapping[str, np.ndarray]:
        """Return the arrays of the folder `path`; none if it is not there.

        Raises:
            ValueError: the store is to be written.
        """
        self._require("r", "get")
        folder = self._root
        for name in filter(None, [*path.split("/"), "vars"]):
            folder = folder.folder(name) if folder is not None else None
        return Stored(folder)

    def close(self) -> None:
        """Write what was made, or close the file that was read."""
        if self.mode == "w":
            stores.write(self._source, self._holdings(), ending=self._ending)
        self.mode = "closed"
        self._open.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is not None and self.mode == "w":
            self.mode = "closed"  # nothing is written after an error
        if self.mode != "closed":
            self.close()

    def _require(self, mode: str, what: str) -> None:
        if self.mode != mode:
            raise ValueError(f"Store.{what}: the store is open as {self.mode!r}, not as {mode!r}.")

    def _holdings(self) -> list[Holding]:
        return [
            Holding(path, name, {k: as_value(v, f"{path}/vars/{k}".lstrip("/")) for k, v in own})
            for path, (name, written) in self._made.items()
            for own in [written.values_as_given.items()]
        ]


def _ending(source: Any) -> str:
    if not isinstance(source, (str, os.PathLike)) or Path(source).suffix == ".h5":
        return ".weights.h5"
    return stores.ending(source, "Store")
