"""Files that layers keep beside their weights (vocabularies, say), in the folder `assets` of an archive.

A class that writes `save_assets(dir_path)` and `load_assets(dir_path)` gets a folder of its own, which is
gone afterwards. Its files stand in the archive under the layer's place in the model.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from lamina.core.file_errors import LoadError
from lamina.saving.archive import ArchiveReader, ArchiveWriter
from lamina.saving.layout import Group

_FOLDER = "assets"
_AT_ONCE = 2**20  # bytes


def write(archive: ArchiveWriter, root: Group) -> None:
    """Write the files of all objects within `root` that have some."""
    for group in root.all():
        if not callable(getattr(group.owner, "save_assets", None)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            group.owner.save_assets(folder)
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file():
                    inner = path.relative_to(folder).as_posix()
                    with archive.member(f"{_of(group)}{inner}") as file, path.open("rb") as own:
                        shutil.copyfileobj(own, file, _AT_ONCE)


def read(archive: ArchiveReader, root: Group) -> None:
    """Hand the files to the objects that they belong to.

    Raises:
        LoadError: an object does not take them.
    """
    for group in root.all():
        names = [name for name in archive.members if name.startswith(_of(group))]
        if not names or not callable(getattr(group.owner, "load_assets", None)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                path = Path(folder, name.removeprefix(_of(group)))
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as file, path.open("xb") as own:
                    shutil.copyfileobj(file, own, _AT_ONCE)
            try:
                group.owner.load_assets(folder)
            except Exception as error:
                raise LoadError(
                    f"{group.described()}: its `load_assets` failed: {error!r}."
                ) from error


def _of(group: Group) -> str:
    return f"{_FOLDER}/{group.path}/" if group.path else f"{_FOLDER}/"
