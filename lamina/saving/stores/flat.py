"""Folders made from names with slashes, for formats that have no folders themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lamina.core.file_errors import FormatError, quoted
from lamina.saving.stores.tree import Folder, Tensor


class FlatFolder(Folder):
    """A folder whose members are in a dict."""

    def __init__(self, path: str, members: dict[str, Any]):
        self.path, self._members = path, members

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self, at_most: int) -> list[str]:
        """Return names of members; of very many, some."""
        return [name for _, name in zip(range(at_most), self._members, strict=False)]

    def open(self, name: str) -> Folder | Tensor:
        """Return the member `name`."""
        member = self._members[name]
        if isinstance(member, Tensor):
            return member
        return FlatFolder(f"{self.path}/{name}".lstrip("/"), member)


def tree(tensors: Iterable[tuple[str, Tensor]]) -> dict[str, Any]:
    """Return nested dicts for tensors with their places, as `("layers/dense/vars/0", tensor)`.

    Raises:
        FormatError: a place is not a plain path, is there twice, or lies within another tensor.
    """
    root: dict[str, Any] = {}
    for place, tensor in tensors:
        *folders, name = place.split("/")
        inner = root
        for folder in folders:
            inner = inner.setdefault(folder, {}) if isinstance(inner, dict) else inner
        if not (all(folders) and name and isinstance(inner, dict)) or name in inner:
            raise FormatError(f"{quoted(place)} is not a place of its own for an array.")
        inner[name] = tensor
    return root
