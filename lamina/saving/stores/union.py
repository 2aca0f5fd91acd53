"""Several folders as one: the shards of a set."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.core.file_errors import FormatError, quoted
from lamina.saving.stores.tree import Folder, Tensor

_MOST = 2**31


class Union(Folder):
    """The members of all `folders`; folders of one name are one, and a tensor is in one of them only."""

    def __init__(self, path: str, folders: Sequence[Folder]):
        self.path, self._folders = path, folders
        self.texts = folders[0].texts if folders else {}

    def __len__(self) -> int:
        return len(self.names(_MOST))

    def __contains__(self, name: str) -> bool:
        return any(name in folder for folder in self._folders)

    def names(self, at_most: int) -> list[str]:
        """Return names of members; of very many, some."""
        every = (name for folder in self._folders for name in folder.names(at_most))
        return list(dict.fromkeys(every))[:at_most]

    def open(self, name: str) -> Folder | Tensor:
        """Return the member `name`.

        Raises:
            FormatError: two shards hold a tensor of that name, or of one a folder, of another a tensor.
        """
        members = [folder.open(name) for folder in self._folders if name in folder]
        folders = [member for member in members if isinstance(member, Folder)]
        if len(members) == 1:
            return members[0]
        if len(folders) < len(members):
            path = f"{self.path}/{name}".lstrip("/")
            raise FormatError(f"{quoted(path)} is in {len(members)} of the files.")
        return Union(f"{self.path}/{name}".lstrip("/"), folders)
