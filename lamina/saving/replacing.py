"""Writing a file so that there is never half of it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, overwrite: bool = True) -> Iterator[Path]:
    """Give the path of a new file beside `path`; it takes the place of `path` if all went well.

    Raises:
        FileExistsError: `path` is there, and `overwrite` is false.
        FileNotFoundError: its folder is not there.
        OSError: `path` is a link, a folder or a device; or writing failed. Then `path` is as before.
    """
    _refuse(path, overwrite)
    descriptor, name = tempfile.mkstemp(
        prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent
    )
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        part.chmod(_mode(path))
        _to_disk(part)
        if not overwrite:
            _refuse(path, overwrite)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _to_disk(path.parent)


def _refuse(path: Path, overwrite: bool) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"{path} cannot be written: there is no folder {str(path.parent)!r}. Make it first."
        )
    if path.is_symlink() or path.exists():
        if not overwrite:
            raise FileExistsError(
                f"{path} is there already, and `overwrite` is False. Take another name, or pass overwrite=True."
            )
        if not stat.S_ISREG(path.lstat().st_mode):
            raise OSError(
                f"{path} cannot be written: it is a link, a folder or a device, not a file. Give the file's own path."
            )


def _mode(path: Path) -> int:
    """The permissions that `path` has, or those that a new file gets."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
