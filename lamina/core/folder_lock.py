"""A lock on a folder, for the moment in which several files in it that belong together are replaced or opened.

It is the system's own lock on the folder itself: nothing is written, and it ends with the process that has it,
however that ends. Whoever only reads needs no permission but to read the folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.002  # seconds between two attempts; files are replaced in less
_PATIENCE = 30.0


@contextmanager
def folder_locked(
    folder: Path, shared: bool = False, patience: float = _PATIENCE
) -> Iterator[None]:
    """Keep others who lock the folder from it, within a `with` block.

    Does nothing where the system (Windows), or the disk (some of a network), has no such locks.

    Args:
        shared: whether others may have it, too, if they also say so: for those who only read.
        patience: the most seconds to wait for it.

    Raises:
        TimeoutError: others have had it all that time.
    """
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # to open files in it will say what is wrong
        yield
        return
    try:
        kind, end = fcntl.LOCK_SH if shared else fcntl.LOCK_EX, time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > end:
                    raise TimeoutError(
                        f"Another process has been replacing files in {str(folder)!r} for {patience:g} seconds. "
                        "End it, or take another folder."
                    ) from error
                time.sleep(_PAUSE)
                continue
            except OSError:
                pass
            break
        yield
    finally:
        os.close(descriptor)
