"""Writing a file so that there is never half of it.

A new file is written next to its target, as a hidden `.part` file, and takes the target's name when it is
whole. If a process is killed meanwhile, its `.part` stays; the next writer of that target removes it.
"""

import os
import re
import secrets
import shutil
import socket
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from lamina.core.folder_lock import folder_locked

# Which machine, which process, and which run of it: a process may get the number of a dead one.
_HOST = f"{zlib.crc32(socket.gethostname().encode()):08x}"
_RUN = secrets.token_hex(4)
_PART = re.compile(
    r"\.(?P<host>[0-9a-f]{8})-(?P<process>\d+)-(?P<run>[0-9a-f]{8})-[0-9a-f]{8}\.part"
)
_DAY = 24 * 3600


@contextmanager
def replacing(path: Path, overwrite: bool = True) -> Iterator[Path]:
    """Give the path of a new file next to `path`; it takes the place of `path` if all went well.

    Raises:
        FileExistsError: `path` is there, and `overwrite` is false.
        FileNotFoundError: its folder is not there.
        OSError: `path` is a link, a folder or a device; or writing failed. Then `path` is as before.
    """
    _refuse(path, overwrite)
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    try:
        part = new_part(path, 0o666 if mode is None else mode)
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        yield part
        if mode is not None:
            part.chmod(mode)
        to_disk(part)
        if not overwrite:
            _refuse(path, overwrite)
        part.replace(path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(
            error, (FileExistsError, FileNotFoundError)
        ):
            raise _cannot_write(path, error) from error
        raise
    to_disk(path.parent)


def _cannot_write(path: Path, error: OSError) -> OSError:
    """Return an error of the same kind that names the target rather than the `.part` file."""
    if error.errno is None:
        return OSError(f"{str(path)!r} cannot be written: {error}")
    return OSError(error.errno, f"{str(path)!r} cannot be written: {error.strerror}")


@contextmanager
def replacing_together(
    folder: Path, overwrite: bool = True
) -> Iterator[Callable[[str], AbstractContextManager[BinaryIO]]]:
    """Give a function that opens new files by their names in `folder`; all take their places at the end.

    They do so one after the other, the last one made at last: whoever reads that one knows whether the
    others belong to it, if they say so. No other call does so in the same folder meanwhile, and whoever opens
    them under `folder_locked(folder, shared=True)` gets all of one call, unless a process was killed in between.

    Raises:
        FileExistsError, FileNotFoundError, OSError: as of `replacing`.
    """
    parts: dict[Path, Path] = {}

    @contextmanager
    def create(name: str) -> Iterator[BinaryIO]:
        path = folder / name
        _refuse(path, overwrite)
        parts[path] = new_part(path)
        with parts[path].open("r+b") as file:
            yield file

    try:
        yield create
        for part in parts.values():
            to_disk(part)
        with folder_locked(folder):
            for path in parts:
                _refuse(path, overwrite)
            for path, part in parts.items():
                part.replace(path)
    except BaseException:
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise
    to_disk(folder)


def new_part(path: Path, mode: int = 0o666) -> Path:
    """Make an empty `.part` file for `path` next to it, and remove those that dead processes left.

    Args:
        mode: permissions; the system takes those of the umask away, as for any new file.
    """
    part = part_path(path)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    return part


def part_path(path: Path) -> Path:
    """Return a path for a new `.part` of `path`, after removing those that dead processes left."""
    prefix = f".{path.name[:100]}"
    for other in path.parent.glob(f"{_escaped(prefix)}.*.part"):
        if (name := _PART.fullmatch(other.name.removeprefix(prefix))) and _is_stale(
            other, **name.groupdict()
        ):
            _remove(other)
    return path.with_name(f"{prefix}.{_HOST}-{os.getpid()}-{_RUN}-{secrets.token_hex(4)}.part")


def _escaped(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


def _is_stale(part: Path, host: str, process: str, run: str) -> bool:
    """Tell whether the process that wrote `part` is gone; another machine's after a day without a change."""
    if host != _HOST or os.name == "nt":  # where `os.kill(process, 0)` would end the process
        try:
            return time.time() - part.lstat().st_mtime > _DAY
        except OSError:
            return False
    if int(process) == os.getpid():
        return run != _RUN
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it is another user's
        return False
    return False


def _remove(part: Path) -> None:
    try:
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
    except OSError:  # it is in the way of nothing
        pass


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


def to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of files, lies on the disk."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
