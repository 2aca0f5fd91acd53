"""The folder of backups: the last few of them, each whole, and the newest one that can be read."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import IO, Any

from lamina.core import plain, tensor_file
from lamina.core.file_errors import FormatError, LoadError
from lamina.core.tracebacks import warn

_NAME = re.compile(r"epoch-(\d{5,9})-step-(\d{8,12})\.safetensors")
FINISHED = "finished.safetensors"
_LOCK = "lock"  # a file, empty
_KINDS = {
    "epoch": int,
    "step": int,
    "ended": bool,
    "stop_training": bool,
    "exact": list,
    **dict.fromkeys(("facts", "opened", "host", "cursor", "data", "logs", "callbacks"), dict),
}


class BackupFolder:
    """Files called after the number of epochs that are done, and of the steps of the next one.

    Args:
        path: is made when the first file is written.
        keep: so many of the newest files stay.
    """

    def __init__(self, path: Path, keep: int):
        self.path, self._keep = path, keep
        self._lock: IO | None = None

    def take(self) -> None:
        """Keep the folder for this process until `release`, or its end, however that comes.

        Does nothing where the system or the disk has no locks.

        Raises:
            RuntimeError: another process has taken it.
        """
        try:
            import fcntl  # Windows has none
        except ImportError:
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / _LOCK).open("a")
        except OSError:  # to write a backup will fail, too, and says so
            return
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise RuntimeError(
                    f"Another process writes its backups to {str(self.path)!r}. Wait until it has ended, or give "
                    "this run a folder of its own."
                ) from error

    def release(self) -> None:
        """Let others take the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def files(self) -> list[Path]:
        """Return the backups within the run, the newest first."""
        if not self.path.is_dir():
            return []
        numbered = {p: _NAME.fullmatch(p.name) for p in self.path.iterdir()}
        whole = {path: tuple(map(int, m.groups())) for path, m in numbered.items() if m}
        return sorted(whole, key=lambda path: whole[path], reverse=True)

    def write(self, epoch: int, step: int, finished: bool, contents: Any, arrays: Any) -> None:
        """Write a backup, then remove those that are not kept any more."""
        name = FINISHED if finished else f"epoch-{epoch:05}-step-{step:08}.safetensors"
        self.path.mkdir(parents=True, exist_ok=True)
        tensor_file.write(self.path / name, contents, arrays)
        for old in self.files()[self._keep :]:
            old.unlink(missing_ok=True)

    def finished(self) -> tuple[Any, dict] | None:
        """Return the contents of the backup at the end of the run, if it is there and whole."""
        return self._first([self.path / FINISHED] if (self.path / FINISHED).exists() else [])

    def newest(self) -> tuple[Any, dict] | None:
        """Return the contents of the newest backup that is whole; `None` if there is none at all.

        Raises:
            LoadError: there are some, and all are damaged.
        """
        files = self.files()
        contents = self._first(files)
        if files and contents is None:
            raise LoadError(
                f"None of the {len(files)} backups in {str(self.path)!r} can be read. Empty the folder, or "
                "give another one, to begin a new run."
            )
        return contents

    def _first(self, files: list[Path]) -> tuple[Any, dict] | None:
        for path in files:
            try:
                contents, arrays = tensor_file.read(path)
                listed = [arrays.get(f"plain/{i}") for i in range(len(arrays))]
                return _checked(plain.from_json(contents, listed), path), arrays
            except FormatError as error:
                warn(f"A backup is left out: {error}")
        return None

    def empty(self) -> None:
        """Remove all backups, and the folder if nothing else is in it."""
        for path in [*self.files(), self.path / FINISHED, self.path / _LOCK]:
            path.unlink(missing_ok=True)
        if self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()


def _checked(contents: Any, path: Path) -> Any:
    wrong = [
        name
        for name, kind in _KINDS.items()
        if not isinstance(contents, dict) or not isinstance(contents.get(name), kind)
    ]
    if wrong:
        raise FormatError(f"{path} is refused: it is not a backup of a run (`{wrong[0]}`).")
    return contents
