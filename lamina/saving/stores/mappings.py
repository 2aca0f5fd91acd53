"""What `save_own_variables(store)` and `load_own_variables(store)` get: mappings from names to arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from lamina.saving.stores.holding import as_value
from lamina.saving.stores.tree import Folder


class Written(MutableMapping[str, Any]):
    """Takes arrays, variables and numbers to be written; gives arrays back.

    Attributes:
        values_as_given: what was put in.

    Example:
        >>> written = Written()
        >>> written["rank"] = 4
        >>> written["rank"]
        array(4)
    """

    def __init__(self):
        self.values_as_given: dict[str, Any] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        if (
            not isinstance(key, str)
            or not key.isprintable()
            or key in ("", ".", "..")
            or "/" in key
        ):
            raise ValueError(
                f"{key!r} cannot be the name of an array in a file: take a short word."
            )
        as_value(value, key)  # says what is wrong while the line that is to blame is at work
        self.values_as_given[key] = value

    def __getitem__(self, key: str) -> np.ndarray:
        return as_value(self.values_as_given[key], key).fetch()

    def __delitem__(self, key: str) -> None:
        del self.values_as_given[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_as_given)

    def __len__(self) -> int:
        return len(self.values_as_given)


class Stored(Mapping[str, np.ndarray]):
    """The arrays of a folder; they are read when they are taken.

    Args:
        folder: of the file; `None` stands for one without anything in it.
        most: members that it may have.
    """

    def __init__(self, folder: Folder | None, most: int = 1_000_000):
        self._folder, self._most = folder, most

    def __getitem__(self, key: str) -> np.ndarray:
        if self._folder is None or key not in self._folder:
            raise KeyError(key)
        return self._folder.tensor(key).read()

    def __iter__(self) -> Iterator[str]:
        return iter([] if self._folder is None else self._folder.names(self._most))

    def __len__(self) -> int:
        return 0 if self._folder is None else len(self._folder)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._folder is not None and key in self._folder
