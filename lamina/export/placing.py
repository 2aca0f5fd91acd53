"""Putting an export in its place: it is written beside it, looked at, and then takes the place of the old one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lamina.core.replacing import part_path, to_disk


@contextmanager
def placing(path: Path) -> Iterator[Path]:
    """Give a path in a new folder beside `path`; if all goes well, what lies there then moves to where `path` is.

    That may be a file or a folder of this name, and files that belong to it (`model.tflite.json`). A folder takes
    the place of an empty folder or of a SavedModel.

    Raises:
        FileNotFoundError: the folder of `path` is not there.
        FileExistsError: what is at `path` is something else, and stays.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"{path} cannot be written: there is no folder {str(path.parent)!r}. Make it first."
        )
    folder = part_path(path)
    folder.mkdir()
    try:
        yield folder / path.name
        new = sorted(folder.iterdir())
        for part in new:
            _refuse(path.parent / part.name, part)
        for part in new:
            _to_disk(part)
            _replace(part, path.parent / part.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    to_disk(path.parent)


def _refuse(target: Path, part: Path) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if part.is_dir():
        ours = target.is_dir() and (
            (target / "saved_model.pb").is_file() or not any(target.iterdir())
        )
        kind = "a SavedModel or an empty folder"
    else:
        ours, kind = target.is_file(), "a file"
    if target.is_symlink() or not ours:
        raise FileExistsError(
            f"{target} cannot be written: what is there is not {kind}, and it stays. Give another path."
        )


def _to_disk(part: Path) -> None:
    for path in part.rglob("*") if part.is_dir() else [part]:
        to_disk(path)


def _replace(part: Path, target: Path) -> None:
    """Put `part` at `target`; an old folder stays until the new one is there."""
    if not target.is_dir():
        part.replace(target)
        return
    old = part.with_name(part.name + ".old")
    target.rename(old)
    try:
        part.rename(target)
    except BaseException:
        old.rename(target)
        raise
